import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { CloudWatchLogsClient, paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import { DeleteTableCommand, DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { execa } from "execa";
import { scanRows } from "../bench/workload.ts";
import { environmentNamed, loadEnvironments } from "../config/load-environments.ts";
import { namesOf, stackNames } from "../config/names.ts";
import { localAccount } from "../local/accounts.ts";
import { bootstrapEnvironment, deployEnvironment, type Deployment } from "../local/deploy.ts";
import type { EmbeddedAws } from "../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../local/embedded-aws/start.ts";
import { type DemoResult, runDemo } from "../local/demo.ts";
import { inboxKey } from "../messaging/items.ts";
import { terraformCliConfig } from "../terraform/provider-mirror.ts";
import { stackFolder, synthesize } from "../terraform/synthesize.ts";
import { destroy, plan } from "../terraform/terraform.ts";
import { clientSettings } from "./support/messages-table.ts";
import { setTerraform, TerraformWithProviders } from "./support/provider-server.ts";
import { describeWith } from "./support/requirements.ts";
import { projectFolder } from "../config/project-folder.ts";

const environments = loadEnvironments();
const names = environments.map(({ name }) => name);
/** Deployed by cdktf; the others as `npm start` does it. */
const [byCdktf = ""] = names;
const environment = (name: string) => environmentNamed(name, environments);
const accountOf = (name: string) => localAccount(environment(name));
/** Whose messages move; the trigger of another is switched off. */
const triggered = names.filter((name) => environment(name).trigger.enabled);

describeWith(["terraform", "python", "aws"], "every environment, each in its account", () => {
  const output = mkdtempSync(join(tmpdir(), "end-to-end-"));
  const outputOfCdktf = join(output, "cdktf");
  let aws: EmbeddedAws;
  const terraform = new TerraformWithProviders();
  const demoResults = new Map<string, DemoResult>();

  const envOf = (name: string) => aws.environmentFor(accountOf(name));
  const deployment = (name: string): Deployment => ({
    environment: name,
    output,
    env: envOf(name),
    logFile: join(output, `${name}.log`),
  });
  const runOf = (name: string, stack: "messaging" | "bootstrap" = "messaging") => {
    const isOfCdktf = name === byCdktf && stack === "messaging";
    const folder = stackFolder(stackNames(name)[stack], isOfCdktf ? outputOfCdktf : output);
    return { folder, env: envOf(name) };
  };
  const cdktf = (...parameters: string[]) =>
    execa("npx", ["cdktf", ...parameters, "--output", outputOfCdktf], {
      cwd: projectFolder,
      env: { ...envOf(byCdktf), TF_CLI_CONFIG_FILE: terraformCliConfig(), CHECKPOINT_DISABLE: "1" },
      all: true,
    });
  const dynamodb = (name: string) => new DynamoDBClient(clientSettings(aws, accountOf(name)));
  const demo = (name: string, milliseconds = 30_000) => {
    const { trigger } = environment(name);
    const deadline = milliseconds + 1_000 * trigger.batchingWindowSeconds;
    return runDemo(clientSettings(aws, accountOf(name)), namesOf(environment(name)), deadline);
  };
  const logLines = async (name: string): Promise<string[]> => {
    const client = new CloudWatchLogsClient(clientSettings(aws, accountOf(name)));
    const { logGroup: logGroupName } = namesOf(environment(name));
    const lines: string[] = [];
    for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName }))
      lines.push(...events.map(({ message = "" }) => message));
    return lines;
  };

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    await synthesize(output, envOf(byCdktf));
  });
  afterAll(async () => {
    await terraform.stop();
    await aws.stop();
    rmSync(output, { recursive: true });
  });

  test("the state buckets are made once; again changes nothing", async () => {
    const made = await Promise.all(names.map((name) => bootstrapEnvironment(deployment(name))));
    expect(new Set(made)).toEqual(new Set(["made"]));
    expect(await bootstrapEnvironment(deployment(byCdktf))).toBe("unchanged");
  }, 300_000);

  test("one is deployed by cdktf, the others by their saved plans", async () => {
    const { messaging } = stackNames(byCdktf);
    const { streamFunction } = namesOf(environment(byCdktf));
    const others = names.filter((name) => name !== byCdktf);
    expect((await cdktf("list")).all).toContain(messaging);
    const [deployed, ...changed] = await Promise.all([
      cdktf("deploy", messaging, "--auto-approve"),
      ...others.map((name) => deployEnvironment(deployment(name))),
    ]);
    expect(deployed.all).toContain(`stream_function = ${streamFunction}`);
    expect(changed).toEqual(others.map(() => true));
    // From here on nothing is uploaded.
    await Promise.all(names.map((name) => terraform.serve(envOf(name))));
    setTerraform(terraform.binary);
  }, 600_000);

  test.each(triggered)(
    "%s: messages move the inboxes, by the trigger and the bundle that ships",
    async (name) => {
      const result = await demo(name);
      demoResults.set(name, result);
      const conversations = (inboxes: DemoResult["after"]) =>
        inboxes.map((inbox) => inbox.map(({ other, newestText }) => `${other.displayName}: ${newestText}`));
      expect(conversations(result.before)).toEqual(
        ["Bob", "Alice"].map((other) => [
          "Carol: Did you see the northern lights?",
          `${other}: Shall we walk by the river on Sunday?`,
        ]),
      );
      expect(conversations(result.after)).toEqual(
        ["Bob", "Alice"].map((other) => [
          `${other}: At nine. I bring the thermos.`,
          "Carol: Did you see the northern lights?",
        ]),
      );
    },
  );

  test("nothing of one can be seen from another", async () => {
    const inboxes = [...demoResults].flatMap(([name, { people }]) =>
      people.map(({ uuid }) => ({ name, key: inboxKey(uuid) })),
    );
    for (const name of names) {
      const tableName = namesOf(environment(name)).tables.messages;
      const rows = await scanRows({ client: dynamodb(name), tableName });
      const keys = new Set(rows.map((row) => row["pk"]?.S));
      expect(inboxes.filter(({ key }) => keys.has(key))).toEqual(inboxes.filter((own) => own.name === name));
    }
  });

  test.each(triggered)(
    "%s: no call was denied, nothing failed, and no log holds the text of a message",
    async (name) => {
      const lines = await logLines(name);
      expect(lines.some((line) => line.includes('"event":"batch"'))).toBe(true);
      const unwanted = /AccessDenied|"level":"ERROR"|thermos|river|northern/;
      expect(lines.filter((line) => unwanted.test(line))).toEqual([]);
    },
  );

  test("the plan of all that was applied is empty", async () => {
    const plans = names.flatMap((name) =>
      (["messaging", "bootstrap"] as const).map(
        async (stack) => [name, stack, await plan(runOf(name, stack), "again.tfplan")] as const,
      ),
    );
    expect((await Promise.all(plans)).filter(([, , hasChanges]) => hasChanges)).toEqual([]);
  }, 300_000);

  test("the tutorial's commands work on both tables", async () => {
    const { tables } = namesOf(environment(byCdktf));
    const awsDynamodb = (...parameters: string[]) =>
      execa("aws", ["dynamodb", ...parameters], { cwd: projectFolder, env: envOf(byCdktf) });
    const listed = await awsDynamodb("list-tables", "--query", "TableNames", "--output", "text");
    expect(listed.stdout.split("\t").sort()).toEqual(Object.values(tables).sort());
    for (const [table, name] of [
      ["Users", tables.users],
      ["cruddur-messages", tables.messages],
    ] as const) {
      const file = (which: string) => `file://samples/${table}/${which}.json`;
      const item = readFileSync(join(projectFolder, "samples", table, "item.json"), "utf8");
      const get = () => awsDynamodb("get-item", "--table-name", name, "--key", file("key"));
      await awsDynamodb("put-item", "--table-name", name, "--item", file("item"));
      expect(JSON.parse((await get()).stdout)).toEqual({ Item: JSON.parse(item) as unknown });
      await awsDynamodb("delete-item", "--table-name", name, "--key", file("key"));
      expect((await get()).stdout).toBe("");
    }
  }, 120_000);

  test("the tables of a protected environment can't be deleted, nor the environment destroyed", async () => {
    for (const name of names.filter((each) => environment(each).protected)) {
      const client = dynamodb(name);
      const tables = Object.values(namesOf(environment(name)).tables).sort();
      for (const TableName of tables)
        await expect(client.send(new DeleteTableCommand({ TableName }))).rejects.toMatchObject({
          name: "ValidationException",
        });
      await expect(destroy(runOf(name))).rejects.toThrow(/prevent_destroy/);
      expect((await client.send(new ListTablesCommand({}))).TableNames?.sort()).toEqual(tables);
    }
  }, 120_000);

  test("without one action in the function's policy the trigger is denied; with it again, it catches up", async () => {
    const [name] = triggered;
    if (name === undefined) return;
    const file = join(stackFolder(stackNames(name).messaging, output), "cdk.tf.json");
    const stack = readFileSync(file, "utf8");
    const { resource } = JSON.parse(stack) as {
      resource: { aws_iam_role_policy: Record<string, { policy: string }> };
    };
    const [rolePolicy] = Object.values(resource.aws_iam_role_policy);
    const narrowed = rolePolicy?.policy.replace('"dynamodb:DeleteItem",', "") ?? "";
    expect(narrowed).not.toBe(rolePolicy?.policy);
    writeFileSync(file, stack.replace(JSON.stringify(rolePolicy?.policy), JSON.stringify(narrowed)));
    await deployEnvironment(deployment(name));
    await expect(demo(name, 5_000)).rejects.toThrow(/^The inboxes did not move within \d+ seconds\.$/);
    const denied = (await logLines(name)).filter((line) => line.includes("AccessDenied"));
    expect(denied.length).toBeGreaterThan(0);

    writeFileSync(file, stack);
    await deployEnvironment(deployment(name));
    await demo(name);
  }, 180_000);

  test("what is not guarded is destroyed by cdktf", async () => {
    const tables = Object.values(environment(byCdktf).tables);
    if (tables.some((table) => table.deletionProtection || table.preventDestroy)) return;
    await cdktf("destroy", stackNames(byCdktf).messaging, "--auto-approve");
    expect((await dynamodb(byCdktf).send(new ListTablesCommand({}))).TableNames).toEqual([]);
  }, 300_000);
});
