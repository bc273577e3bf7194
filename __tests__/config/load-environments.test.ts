import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { EnvironmentLiteral } from "../../config/environment.ts";
import { environmentNamed, loadEnvironments } from "../../config/load-environments.ts";
import { namesOf } from "../../config/names.ts";
import { projectFolder } from "../../config/project-folder.ts";
import { UserError } from "../../config/user-error.ts";
import { devLiteral as dev, prodLiteral as prod } from "../support/environments.ts";

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

describe("a bad environment is refused with file, path, rule and value", () => {
  const billing = (settings: object) => messages({ billing: settings });
  const trigger = (change: object) => ({ trigger: { ...dev.trigger, ...change } });
  const network = (cidr: string, ...zones: string[]) => ({ network: { kind: "own", cidr, zones } });
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
      'tables.messages.billing.mode must be "on-demand" or "provisioned" (given "free")',
      billing({ mode: "free" }),
    ],
    [
      'tables.messages.timeToLiveAttribute must not be a key of the table or of one of its indexes (given "sk")',
      messages({ timeToLiveAttribute: "sk" }),
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
      'pipeline.repository must be a GitHub repository like "owner/name" (given "name")',
      { pipeline: { repository: "name" } },
    ],
    [
      "function.timeoutSeconds must be less than trigger.maximumRecordAgeSeconds (60), or a batch that times out is never tried again (given 120)",
      { function: { ...dev.function, timeoutSeconds: 120 }, ...trigger({ maximumRecordAgeSeconds: 60 }) },
    ],
    [
      "alarms.iteratorAgeSeconds must be less than trigger.maximumRecordAgeSeconds (3600), or records are given up before the alarm (given 3600)",
      { alarms: { iteratorAgeSeconds: 3_600 } },
    ],
  ])("%s", (fault, change) => {
    expect(loadDevWith(change)).toThrow(UserError);
    expect(loadDevWith(change)).toThrow(`config/environments/dev.ts: ${fault}`);
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
  const other: EnvironmentLiteral = {
    ...dev,
    name: "test",
    state: { bucket: "cruddur-messaging-test-state" },
  };

  test("a state bucket", () => {
    expect(() => loadEnvironments({ dev, test: { ...other, state: dev.state } })).toThrow(
      'config/environments/test.ts: state.bucket must differ from that of config/environments/dev.ts (given "cruddur-messaging-dev-state")',
    );
  });

  test("physical names in one account", () => {
    const account = "123456789012";
    expect(() => loadEnvironments({ dev: { ...dev, account }, test: { ...other, account } })).toThrow(
      'config/environments/test.ts: nameSuffix must differ from that of config/environments/dev.ts, which has the same account and region (given "")',
    );
  });

  test("a third environment has names of its own unless it says otherwise", () => {
    const { nameSuffix: _, ...literal } = other;
    const [first, third] = loadEnvironments({ dev, test: literal }).map(namesOf);
    expect(third?.tables).toEqual({ messages: "cruddur-messages-test", users: "Users-test" });
    const ofFirst = new Set(JSON.stringify(first).match(/"[^"]*"(?=[,}])/g));
    for (const name of JSON.stringify(third).match(/"[^"]*"(?=[,}])/g) ?? [])
      expect(ofFirst).not.toContain(name);
  });
});
