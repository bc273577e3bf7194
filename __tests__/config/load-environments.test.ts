import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { EnvironmentLiteral } from "../../config/environment.ts";
import { environmentNamed, loadEnvironments } from "../../config/load-environments.ts";
import { namesOf } from "../../config/names.ts";
import { projectFolder } from "../../config/project-folder.ts";
import { findWarnings } from "../../config/shared-settings.ts";
import { UserError } from "../../config/user-error.ts";
import { devLiteral as dev, prodLiteral as prod } from "../support/environments.ts";

const sdk = createRequire(import.meta.url)("@aws-sdk/core/package.json") as { version: string };

/** Loads dev with a change of any type. */
const loadDevWith = (change: object) => () => loadEnvironments({ dev: { ...dev, ...change } });

const messages = (change: object, { tables } = dev) => ({
  tables: { ...tables, messages: { ...tables.messages, ...change } },
});

test("the project's environments are accepted: every file of config/environments/ is one of them", () => {
  const files = readdirSync(join(projectFolder, "config/environments"));
  const names = loadEnvironments().map(({ name }) => `${name}.ts`);
  expect([...names, "index.ts"].sort()).toEqual(files.sort());
});

test("an environment is found by its name; an unknown name is answered with the names there are", () => {
  const environments = loadEnvironments({ dev, prod });
  expect(environmentNamed("prod", environments)).toEqual(prod);
  expect(() => environmentNamed("no-such-name", environments)).toThrow(
    'There is no environment "no-such-name". There are: dev, prod.',
  );
});

const READER = "arn:aws:iam::111111111111:role/analytics";

test.each([
  ["a reader of the environment's account, with the key that AWS manages", "aws-managed"],
  ["a reader of any account, with a key of AWS's own", "aws-owned"],
])("%s is accepted", (_, encryption) => {
  const account = encryption === "aws-managed" ? { account: "111111111111" } : {};
  expect(loadDevWith({ ...account, ...messages({ encryption, readers: [READER] }) })).not.toThrow();
});

test.each(["deletionProtection", "pointInTimeRecovery"])(
  "a replica without %s is refused in a protected environment",
  (protection) => {
    const replica = { deletionProtection: true, pointInTimeRecovery: true, [protection]: false };
    const change = messages({ replicas: { "us-east-1": replica } }, prod);
    expect(() => loadEnvironments({ prod: { ...prod, ...change } })).toThrow(
      `config/environments/prod.ts: tables.messages.replicas.us-east-1.${protection} must be true in a protected environment (given false)`,
    );
  },
);

describe("a bad environment is refused with file, path, rule and value", () => {
  const billing = (settings: object) => messages({ billing: settings });
  const replica = { deletionProtection: true, pointInTimeRecovery: true };
  const replicated = (region: string, change: object = {}) =>
    messages({ billing: { mode: "on-demand" }, replicas: { [region]: { ...replica, ...change } } });
  const trigger = (change: object) => ({ trigger: { ...dev.trigger, ...change } });
  const network = (cidr: string, ...zones: string[]) => ({ network: { kind: "own", cidr, zones } });
  const aged = (change: object) => ({ ...trigger(change), alarms: { iteratorAgeSeconds: 60 } });
  const alarms = (topic: string) => ({ alarms: { ...dev.alarms, notifyTopicArns: [topic] } });
  const withoutRouteTables = {
    kind: "existing",
    vpcId: "vpc-01234567",
    subnetIds: ["subnet-01234567", "subnet-89abcdef"],
  };

  test.each<[fault: string, change: object]>([
    ['colour is not a setting (given "red")', { colour: "red" }],
    ["alarms is missing (given nothing)", { alarms: undefined }],
    ['name must be "dev", as the file and its export are named (given "test")', { name: "test" }],
    ["tables.messages.pitr is not a setting (given true)", messages({ pitr: true })],
    [
      "tables.messages.pointInTimeRecoveryDays must be a whole number, 1 to 35 days (given 90)",
      messages({ pointInTimeRecoveryDays: 90 }),
    ],
    [
      "tables.messages.billing.readUnits must be a whole number, 1 to 40000 read units a second (given 0)",
      billing({ mode: "provisioned", readUnits: 0, writeUnits: 5 }),
    ],
    [
      "tables.messages.billing.readUnits is not a setting (given 5)",
      billing({ mode: "on-demand", readUnits: 5 }),
    ],
    [
      'tables.messages.billing.mode must be "on-demand", "provisioned" or "autoscaled" (given "free")',
      billing({ mode: "free" }),
    ],
    [
      'tables.messages.timeToLiveAttribute must not be a key of the table or of one of its indexes (given "sk")',
      messages({ timeToLiveAttribute: "sk" }),
    ],
    [
      'tables.messages.replicas.ca-central-1 must not be the environment\'s own region (given {"deletionProtection":true,"pointInTimeRecovery":true})',
      replicated("ca-central-1"),
    ],
    [
      'tables.messages.replicas.cn-north-1 must be in the partition of the environment\'s region, aws (given {"deletionProtection":true,"pointInTimeRecovery":true})',
      replicated("cn-north-1"),
    ],
    [
      'tables.messages.billing.mode must be "on-demand" for a table with replicas: with provisioned units, each replica would need its own, or the writes that reach it are throttled (given "provisioned")',
      messages({ replicas: { "us-east-1": replica } }),
    ],
    [
      'tables.messages.consistency must be "eventual": a table with strong consistency across regions has no transactions, which move the conversations, and no time to live, must be empty when it gets it, and exists in sets of three regions only (given "strong")',
      messages({ consistency: "strong" }),
    ],
    [
      'tables.messages.readers[0] must be the ARN of a role, a user or an account, like "arn:aws:iam::111111111111:role/analytics" (given "*")',
      messages({ readers: ["*"] }),
    ],
    [
      'tables.messages.encryption must not be "aws-managed" where readers are not of `account`: another account can\'t be allowed to use that key (given "aws-managed")',
      messages({ encryption: "aws-managed", readers: ["arn:aws:iam::222222222222:root"] }),
    ],
    [
      `tables.users.streamReaders must be left out: the table has no stream (given ["${READER}"])`,
      {
        tables: { ...dev.tables, users: { ...dev.tables.users, streamReaders: [READER] } },
      },
    ],
    [
      "tables.messages.deletionOnlyByDeployRole requires pipeline: without it there is no deploy role (given true)",
      messages({ deletionOnlyByDeployRole: true }),
    ],
    [
      'tables.messages.encryption must be one of "customer-managed", "aws-managed", "aws-owned" (given "none")',
      messages({ encryption: "none" }),
    ],
    [
      "trigger.batchSize must be a whole number, 1 to 10000 records (given 10001)",
      trigger({ batchSize: 10_001 }),
    ],
    [
      "trigger.maximumRetryAttempts must be a whole number, 0 to 10000 retries (given -1)",
      trigger({ maximumRetryAttempts: -1 }),
    ],
    [
      "trigger.maximumRecordAgeSeconds must be a whole number, 60 to 86400 seconds (given 604800)",
      trigger({ maximumRecordAgeSeconds: 604_800 }),
    ],
    [
      'network.zones must be a list of at least 2 zones, all different (given ["ca-central-1a"])',
      network("10.0.0.0/16", "ca-central-1a"),
    ],
    [
      'network.zones[1] must be a zone of the environment\'s region, ca-central-1 (given "us-east-1b")',
      network("10.0.0.0/16", "ca-central-1a", "us-east-1b"),
    ],
    [
      'network.cidr must begin at the first address of its range, each part 0 to 255 (given "10.0.1.0/16")',
      network("10.0.1.0/16", "ca-central-1a", "ca-central-1b"),
    ],
    [
      'network.cidr must be within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, which are for private networks, and outside 172.17.0.0/16, which some AWS services use (given "8.8.0.0/16")',
      network("8.8.0.0/16", "ca-central-1a", "ca-central-1b"),
    ],
    ["network.routeTableIds is missing (given nothing)", { network: withoutRouteTables }],
    ['account must be an account id of 12 digits (given "1234")', { account: "1234" }],
    [
      "function.logRetentionDays must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653 (given 15)",
      { function: { ...dev.function, logRetentionDays: 15 } },
    ],
    [
      'tags.aws:x must be a tag key of 1 to 128 characters, not "aws:…" (given "y")',
      { tags: { "aws:x": "y" } },
    ],
    [
      'state.bucket must be a bucket name of 3 to 63 small letters, digits and "-" (given "No")',
      { state: { bucket: "No" } },
    ],
    [
      'state.bucket must not begin with "xn--", "sthree-", "amzn-s3-demo-", nor end in "-s3alias", "--ol-s3", "--x-s3", "--table-s3", "-an", which S3 reserves (given "sthree-state")',
      { state: { bucket: "sthree-state" } },
    ],
    [
      `region must be a region of AWS; the list is that of the package @aws-sdk/core ${sdk.version}, and a newer one may have newer regions (given "ca-central-9")`,
      { region: "ca-central-9" },
    ],
    [
      'nameSuffix must be empty, or "-" and 1 to 20 small letters and digits, with single "-" between them (given "--")',
      { nameSuffix: "--" },
    ],
    [
      'tables.messages.timeToLiveAttribute must not be an attribute that the items have already: none is an expiry time (given "member_uuids")',
      messages({ timeToLiveAttribute: "member_uuids" }),
    ],
    [
      'alarms.notifyTopicArns[0] must be a topic of the environment\'s region, "arn:aws:sns:ca-central-1:…": an alarm notifies no other (given "arn:aws:sns:us-east-1:111111111111:on-call")',
      alarms("arn:aws:sns:us-east-1:111111111111:on-call"),
    ],
    [
      'alarms.notifyTopicArns[0] must be a topic of the environment\'s region, "arn:aws:sns:ca-central-1:…": an alarm notifies no other (given "arn:aws-cn:sns:ca-central-1:111111111111:on-call")',
      alarms("arn:aws-cn:sns:ca-central-1:111111111111:on-call"),
    ],
    [
      'tags.Service must not be "service" in any case: the project sets that tag itself (given "x")',
      { tags: { Service: "x" } },
    ],
    [
      'tags.Team must differ from "team" in more than case: IAM takes the two for one tag (given "b")',
      { tags: { team: "a", Team: "b" } },
    ],
    [
      "trigger.batchSize must be a whole number, 1 to 10000 records (given NaN)",
      trigger({ batchSize: Number.NaN }),
    ],
    [
      "trigger.batchSize must be a whole number, 1 to 10000 records (given Infinity)",
      trigger({ batchSize: Infinity }),
    ],
    [
      'pipeline.repository must be a GitHub repository like "owner/name" (given "name")',
      { pipeline: { repository: "name" } },
    ],
    [
      "trigger.maximumRecordAgeSeconds must be more than 100: trigger.batchingWindowSeconds (40), and function.timeoutSeconds (30) for the first attempt and for one retry (given 100)",
      aged({ batchingWindowSeconds: 40, maximumRecordAgeSeconds: 100 }),
    ],
    [
      "trigger.maximumRecordAgeSeconds must be more than 70: trigger.batchingWindowSeconds (40), and function.timeoutSeconds (30) for the first attempt (given 70)",
      aged({ batchingWindowSeconds: 40, maximumRecordAgeSeconds: 70, maximumRetryAttempts: 0 }),
    ],
    [
      "alarms.iteratorAgeSeconds must be less than trigger.maximumRecordAgeSeconds (3600), or records are given up before the alarm (given 3600)",
      { alarms: { iteratorAgeSeconds: 3_600 } },
    ],
  ])("%s", (fault, change) => {
    expect(loadDevWith(change)).toThrow(new UserError(`config/environments/dev.ts: ${fault}`));
  });

  test("a setting has one fault, and what depends on it none", () => {
    const shared = {
      dev: { ...dev, account: "1234" },
      prod: { ...prod, account: "1234", network: dev.network },
    };
    const faults = ["dev", "prod"].map(
      (name) => `config/environments/${name}.ts: account must be an account id of 12 digits (given "1234")`,
    );
    expect(() => loadEnvironments(shared)).toThrow(new UserError(faults.join("\n")));
  });

  const privateNetworks = [
    "10.255.0.0/16",
    "172.16.0.0/16",
    "172.31.255.0/24",
    "192.168.7.0/24",
    "100.64.0.0/16",
  ];
  test.each(privateNetworks)("a network can have %s", (cidr) => {
    expect(loadDevWith(network(cidr, "ca-central-1a", "ca-central-1b"))).not.toThrow();
  });

  const otherNetworks = ["127.0.0.0/16", "169.254.0.0/16", "172.32.0.0/16", "172.17.5.0/24", "224.0.0.0/16"];
  test.each(otherNetworks)("a network can't have %s", (cidr) => {
    expect(loadDevWith(network(cidr, "ca-central-1a", "ca-central-1b"))).toThrow("for private networks");
  });

  test.each(["-", "-a-", "-a--b", "a", `-${"a".repeat(21)}`])('the suffix can\'t be "%s"', (nameSuffix) => {
    expect(loadDevWith({ nameSuffix })).toThrow("dev.ts: nameSuffix must be empty, or");
  });

  test.each(["", "-a", "-a-2", `-${"a".repeat(20)}`])('the suffix can be "%s"', (nameSuffix) => {
    expect(loadDevWith({ nameSuffix })).not.toThrow();
  });

  test.each([
    "xn--a",
    "amzn-s3-demo-a",
    "a-s3alias",
    "a--ol-s3",
    "a--x-s3",
    "a--table-s3",
    "a-ca-central-1-an",
  ])("the state bucket can't be %s", (bucket) => {
    expect(loadDevWith({ state: { bucket } })).toThrow("which S3 reserves");
  });

  const missing = ["messages", "users"].map(
    (name) => `config/environments/prod.ts: tables.${name} is missing`,
  );
  test.each<[tables: unknown, faults: string[]]>([
    [null, ["config/environments/prod.ts: tables must be an object (given null)"]],
    [
      { ...prod.tables, users: null },
      ["config/environments/prod.ts: tables.users must be an object (given null)"],
    ],
    [{}, missing.map((fault) => `${fault} (given nothing)`)],
  ])("tables %j, in a protected environment too", (tables, faults) => {
    expect(() => loadEnvironments({ prod: { ...prod, tables } })).toThrow(new UserError(faults.join("\n")));
  });

  test.each<[literal: unknown, given: string]>([
    [null, "null"],
    [5, "5"],
    [["dev"], '["dev"]'],
    [{ readUnits: 5 }, '{"readUnits":5}'],
    [() => dev, "[Function (anonymous)]"],
  ])("an export that is no environment: %p", (literal, given) => {
    expect(() => loadEnvironments({ dev, table: literal })).toThrow(
      new UserError(
        `config/environments/index.ts: its export "table" must be an environment, an object with settings (given ${given})`,
      ),
    );
  });

  test("no environment at all", () => {
    expect(() => loadEnvironments({})).toThrow(
      new UserError("config/environments/index.ts: must export at least one environment"),
    );
  });

  test("every fault of every environment in one go, each guard that a protected one lacks too", () => {
    const faulty = { ...dev, region: 3, ...trigger({ batchSize: 0 }) };
    const unguarded = { deletionProtection: false, preventDestroy: false, pointInTimeRecoveryDays: "off" };
    const faults = [
      'dev.ts: region must be a region like "ca-central-1" (given 3)',
      "dev.ts: trigger.batchSize must be a whole number, 1 to 10000 records (given 0)",
      "prod.ts: account must be set in a protected environment, to the id of its account, so that no other is changed (given nothing)",
      "prod.ts: tables.messages.deletionProtection must be true in a protected environment (given false)",
      "prod.ts: tables.messages.preventDestroy must be true in a protected environment (given false)",
      'prod.ts: tables.messages.pointInTimeRecoveryDays must be 1 to 35 in a protected environment (given "off")',
    ];
    const unprotected = { ...prod, account: undefined, ...messages(unguarded, prod) };
    expect(() => loadEnvironments({ dev: faulty, prod: unprotected })).toThrow(
      new UserError(faults.map((fault) => `config/environments/${fault}`).join("\n")),
    );
  });
});

describe("what two environments must not share", () => {
  const { nameSuffix: _, ...unnamed } = dev;
  const other: EnvironmentLiteral = {
    ...unnamed,
    name: "test",
    network: { kind: "own", cidr: "10.30.0.0/16", zones: ["ca-central-1a", "ca-central-1b"] },
    state: { bucket: "cruddur-messaging-test-state" },
  };
  const existing: EnvironmentLiteral["network"] = {
    kind: "existing",
    vpcId: "vpc-01234567",
    subnetIds: ["subnet-01234567", "subnet-89abcdef"],
    routeTableIds: ["rtb-01234567"],
  };
  const account = "123456789012";
  const maybeSame =
    "that of config/environments/dev.ts, which may be in the same account (neither sets account)";
  const same = "that of config/environments/dev.ts, which is in the same account";

  test.each<[fault: string, ofDev: object, ofTest: object]>([
    [
      'state.bucket must differ from state.bucket of config/environments/dev.ts (given "cruddur-messaging-dev-state")',
      {},
      { state: dev.state },
    ],
    [`nameSuffix must differ from ${maybeSame}: the suffix of both is "" (given "")`, {}, { nameSuffix: "" }],
    [
      `nameSuffix must differ from ${same}: the suffix of both is "" (given "")`,
      { account },
      { account, nameSuffix: "", region: "us-east-1", network: existing },
    ],
    [
      `nameSuffix must differ from ${maybeSame}: the suffix of both is "-test" (given nothing)`,
      { nameSuffix: "-test" },
      {},
    ],
    [
      `network.cidr must not overlap ${maybeSame}: overlapping networks can't be connected (given "10.10.16.0/20")`,
      {},
      { network: { ...other.network, cidr: "10.10.16.0/20" } },
    ],
    [
      `network.cidr must not overlap ${same}: overlapping networks can't be connected (given "10.10.0.0/16")`,
      { account },
      { account, network: dev.network },
    ],
  ])("%s", (fault, ofDev, ofTest) => {
    const literals = { dev: { ...dev, ...ofDev }, test: { ...other, ...ofTest } };
    expect(() => loadEnvironments(literals)).toThrow(new UserError(`config/environments/test.ts: ${fault}`));
  });

  test("what both lack is told as missing only", () => {
    const lacking = { ...dev, state: {} };
    const faults = ["dev", "test"].map(
      (name) => `config/environments/${name}.ts: state.bucket is missing (given nothing)`,
    );
    expect(() => loadEnvironments({ dev: lacking, test: { ...other, state: {} } })).toThrow(
      new UserError(faults.join("\n")),
    );
  });

  test("in different accounts, names and addresses may be the same; of the addresses a warning says so", () => {
    const environments = loadEnvironments({
      dev,
      test: { ...other, account, nameSuffix: "", network: dev.network },
    });
    expect(findWarnings(environments)).toEqual([
      "config/environments/test.ts: network.cidr overlaps that of config/environments/dev.ts: the two networks can't be peered, and an address of one is easily mistaken for the other's",
    ]);
    expect(findWarnings(loadEnvironments({ dev, prod, test: other }))).toEqual([]);
  });

  test("a third environment has names of its own unless it says otherwise", () => {
    const [first, third] = loadEnvironments({ dev, test: other }).map(namesOf);
    expect(third?.tables).toEqual({ messages: "cruddur-messages-test", users: "Users-test" });
    const ofFirst = new Set(JSON.stringify(first).match(/"[^"]*"(?=[,}])/g));
    for (const name of JSON.stringify(third).match(/"[^"]*"(?=[,}])/g) ?? [])
      expect(ofFirst).not.toContain(name);
  });
});
