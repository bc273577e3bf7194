import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { check } from "prettier";
import ts from "typescript";
import type { Environment } from "../../config/environment.ts";
import { checkName } from "../../config/new-environment/check-name.ts";
import { nextFreeRange } from "../../config/address-ranges.ts";
import { nextSteps } from "../../config/new-environment/next-steps.ts";
import { ownSettings } from "../../config/new-environment/settings.ts";
import { environmentSource, indexWith } from "../../config/new-environment/source-text.ts";
import { stackNames } from "../../config/names.ts";
import { dev, prod } from "../support/environments.ts";
import { editFile, makeRepository, runIn } from "../support/repository.ts";

const ownNetwork = { kind: "own", cidr: "10.10.0.0/16", zones: ["ca-central-1a", "ca-central-1b"] } as const;
const like: Environment = { ...dev, network: { ...ownNetwork, zones: [...ownNetwork.zones] } };
const pipeline = { repository: "owner/name", planFrom: ["dev-plan", "prod"] };

/** The settings in which staging differs from another environment. */
function settingsOf(other: Environment, account?: string): Record<string, unknown> {
  const settings = ownSettings({ name: "staging", like: other, account }, [other, prod]);
  return Object.fromEntries(settings.map(({ name, value }) => [name, value]));
}

describe("npm run environment", () => {
  const folder = mkdtempSync(join(tmpdir(), "new-environment-"));
  const checkout = join(folder, "checkout");
  const environments = join(checkout, "config/environments");
  const read = (name: string) => readFileSync(join(environments, name), "utf8");

  beforeAll(async () => {
    await makeRepository(checkout);
    editFile(join(environments, "dev.ts"), "  state:", '  pipeline: { repository: "owner/name" },\n  state:');
    const added = await runIn(checkout, ["environment", "staging", "--like", "dev"]);
    expect(added.stderr).toBe("");
    expect(added.stdout).toMatch(
      /^Wrote config\/environments\/staging\.ts, and its line in config\/environments\/index\.ts\. .*\n1\. /,
    );
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test("makes an environment of which the stacks are synthesized and which workflows read", async () => {
    const [synth, list] = await Promise.all([
      runIn(checkout, ["synth"]),
      runIn(checkout, ["environments", "--format", "json"]),
    ]);
    expect(synth).toMatchObject({ exitCode: 0 });
    expect(readdirSync(join(checkout, "cdktf.out/stacks"))).toEqual(
      expect.arrayContaining(Object.values(stackNames("staging"))),
    );
    expect(JSON.parse(list.stdout)).toEqual(
      ["dev", "prod", "staging"].map((name) => ({ name, variables: name.toUpperCase() })),
    );
  });

  test("shows it in the list, with what tells it from the others", async () => {
    const { stdout } = await runIn(checkout, ["environments"]);
    expect(stdout.split("\n").at(-1)).toMatch(
      /^staging +ca-central-1 +not set +no +cruddur-messages-staging +cruddur-messaging-staging-state$/,
    );
  });

  test("can be reviewed against a commit that doesn't have it", async () => {
    const script = `import("./review/declarations-at-commit.ts")
      .then(({ readDeclarationsAtCommit }) => readDeclarationsAtCommit("HEAD", ["messaging-staging"]))
      .then((declarations) => console.log(declarations.constructor.name));`;
    const options = { cwd: checkout, reject: false } as const;
    const read = await execa("node", ["--import", "./typescript.mjs", "--eval", script], options);
    expect(read).toMatchObject({ exitCode: 0, stdout: "Declarations" });
  });

  test("writes it as people would: valid types, formatted, like the other except for what is there", async () => {
    const program = ts.createProgram([join(environments, "index.ts")], {
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck: true,
      types: ["node"],
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      allowImportingTsExtensions: true,
    });
    expect(ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText)).toEqual([]);
    for (const name of ["staging.ts", "index.ts"])
      expect(await check(read(name), { parser: "typescript", printWidth: 110 })).toBe(true);
    expect(read("staging.ts")).toContain("  ...dev,\n");
  });

  test("writes nothing where it can't add one", async () => {
    const before = ["index.ts", "staging.ts"].map(read);
    const refused = async (why: string, ...parameters: string[]) => {
      const { exitCode, stderr } = await runIn(checkout, ["environment", ...parameters]);
      expect([exitCode, stderr]).toEqual([1, `${why}\nNothing was written.`]);
    };
    await Promise.all([
      refused(
        'There is an environment "staging" already: config/environments/staging.ts.',
        ...["staging", "--like", "dev"],
      ),
      refused(
        "prod is protected, and so will live be: it needs the id of its account. Add --account <12 digits>.",
        ...["live", "--like", "prod"],
      ),
      refused(
        'config/environments/live.ts: account must be an account id of 12 digits (given "12")',
        ...["live", "--like", "prod", "--account", "12"],
      ),
      refused(
        "config/environments/index.ts exists already. Choose another name.",
        ...["index", "--like", "dev"],
      ),
    ]);
    writeFileSync(join(environments, "index.ts"), `// all\n${before[0] ?? ""}`);
    await refused(
      'config/environments/index.ts has something else than a line like export { live } from "./live.ts"; for each environment: // all\n' +
        "So this command doesn't change it. Add the environment by hand, or put the file right.",
      ...["live", "--like", "dev"],
    );
    expect(readdirSync(environments).sort()).toEqual(["dev.ts", "index.ts", "prod.ts", "staging.ts"]);
    expect(read("staging.ts")).toBe(before[1]);
  });
});

describe("a new environment", () => {
  test("has a network, a bucket and names of its own", () => {
    expect(settingsOf({ ...like, nameSuffix: "", state: { bucket: "acme-dev-state" } })).toEqual({
      name: "staging",
      nameSuffix: undefined,
      network: { ...ownNetwork, cidr: "10.11.0.0/16" },
      pipeline: undefined,
      state: { bucket: "acme-staging-state" },
    });
    expect(settingsOf({ ...like, state: { bucket: "tf-state-1" } })).toMatchObject({
      state: { bucket: "cruddur-messaging-staging-state" },
    });
  });

  test("has the other's names only in an account of its own", () => {
    const unsuffixed: Environment = { ...like, nameSuffix: "" };
    expect(settingsOf(unsuffixed, "333333333333")).not.toHaveProperty("nameSuffix");
    expect(settingsOf({ ...unsuffixed, account: "333333333333" }, "333333333333")).toHaveProperty(
      "nameSuffix",
    );
    expect(settingsOf({ ...like, nameSuffix: "-test" }, "333333333333")).toHaveProperty("nameSuffix");
    expect(settingsOf({ ...unsuffixed, account: "333333333333" })).toMatchObject({ account: undefined });
  });

  test("is never read by what may read the other", () => {
    expect(settingsOf({ ...like, pipeline })).toMatchObject({
      pipeline: { repository: "owner/name", planFrom: undefined },
    });
  });

  test("can't be in a VPC that belongs to no environment", () => {
    const existing = { kind: "existing", vpcId: "vpc-1", subnetIds: [], routeTableIds: [] } as const;
    expect(() => settingsOf({ ...like, network: { ...existing, subnetIds: [], routeTableIds: [] } })).toThrow(
      /^dev is in a VPC that it doesn't own .* can't be like that: a route table takes one route to DynamoDB/,
    );
  });

  test.each([
    ["new", /^"new" is a reserved word of TypeScript/],
    ["await", /^"await" is a reserved word/],
    ["package", /^"package" is a reserved word/],
    ["Staging", /^The name of an environment must be 2 to 16 small letters .* \(given "Staging"\)\.$/],
    ["dev", /^There is an environment "dev" already/],
  ])("can't be called %s", (name, why) => {
    expect(() => {
      checkName(name, [dev, prod]);
    }).toThrow(why);
  });

  test.each(["from", "type", "of", "qa2"])("can be called %s", (name) => {
    expect(() => {
      checkName(name, [dev, prod]);
    }).not.toThrow();
  });
});

test.each([
  ["10.10.0.0/16", ["10.10.0.0/16", "10.20.0.0/16"], "10.11.0.0/16"],
  ["10.10.0.0/16", ["10.10.0.0/16", "10.11.128.0/24"], "10.12.0.0/16"],
  ["10.255.0.0/16", ["10.255.0.0/16"], "10.0.0.0/16"],
  ["192.168.255.0/24", ["192.168.255.0/24", "192.168.0.0/24"], "192.168.1.0/24"],
  ["192.168.0.0/16", ["192.168.0.0/16"], undefined],
  ["100.64.0.0/16", ["100.64.0.0/16"], "100.65.0.0/16"],
])("after %s, with %j taken, %s is free", (range, taken, free) => {
  expect(nextFreeRange(range, taken)).toBe(free);
});

test("a list that is too long for a line is written one item a line", async () => {
  const zones = Array.from("abcdefghijk", (zone) => `ca-central-1${zone}`);
  const source = environmentSource("staging", "dev", [{ name: "network", value: { zones } }]);
  expect(await check(source, { parser: "typescript", printWidth: 110 })).toBe(true);
});

test("a line is added to index.ts, whatever ends its lines", () => {
  const line = (name: string) => `export { ${name} } from "./${name}.ts";`;
  expect(indexWith(`${line("dev")}\r\n`, "qa")).toBe(`${line("dev")}\n${line("qa")}\n`);
  expect(() => indexWith('export { dev as live } from "./dev.ts";\n', "qa")).toThrow(/has something else/);
});

describe("what is left to do", () => {
  const stepsOf = (other: Environment, account?: string) =>
    nextSteps({ ...other, ...settingsOf(other, account) }, other).join("\n");

  test("without a pipeline: bootstrap and deploy", () => {
    expect(stepsOf(like)).toMatch(
      /npm run bootstrap -- staging\nDeploy it: npx cdktf deploy messaging-staging$/,
    );
  });

  test("with one: GitHub's environments and variables, and the job that promotes", () => {
    const steps = stepsOf({ ...like, pipeline }, "333333333333");
    expect(steps).toContain("make the environments staging-plan and staging, for the branch main alone.");
    expect(steps).toContain("set the variables STAGING_PLAN_ROLE and STAGING_DEPLOY_ROLE");
    expect(steps).toContain('set pipeline.planFrom to ["dev-plan", "prod", "staging-plan", "staging"]');
    expect(steps).toContain("  staging:\n    needs: dev\n    uses: ./.github/workflows/promote.yml");
  });

  test("topics of another account are named", () => {
    const topic = "arn:aws:sns:ca-central-1:444444444444:on-call";
    const notifying = { ...like, alarms: { ...like.alarms, notifyTopicArns: [topic] } };
    expect(stepsOf(notifying, "333333333333")).toContain(
      `Its alarms notify ${topic}. In config/environments/`,
    );
    expect(stepsOf(notifying, "444444444444")).not.toContain(topic);
  });
});
