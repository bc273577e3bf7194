import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DeleteTableCommand, DynamoDBClient, ListTablesCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { execa } from "execa";
import { environmentNamed } from "../config/load-environments.ts";
import { namesOf, stackNames } from "../config/names.ts";
import { bootstrapEnvironment, deployEnvironment, type Deployment } from "../local/deploy.ts";
import type { EmbeddedAws } from "../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../local/embedded-aws/start.ts";
import { type DemoResult, runDemo } from "../local/demo.ts";
import { terraformCliConfig } from "../terraform/provider-mirror.ts";
import { stackFolder, synthesize } from "../terraform/synthesize.ts";
import { destroy, plan } from "../terraform/terraform.ts";
import { clientSettings } from "./support/messages-table.ts";
import { describeWith } from "./support/requirements.ts";
import { projectFolder } from "../config/project-folder.ts";

const accounts = { dev: "111111111111", prod: "222222222222" } as const;
type Name = keyof typeof accounts;
const both: Name[] = ["dev", "prod"];

describeWith(["terraform", "python", "aws"], "dev and prod in an embedded AWS, each in its account", () => {
  const output = mkdtempSync(join(tmpdir(), "end-to-end-"));
  let aws: EmbeddedAws;
  const demoResults = new Map<Name, DemoResult>();

  const deployment = (name: Name): Deployment => ({
    environment: name,
    output,
    env: aws.environmentFor(accounts[name]),
    logFile: join(output, `${name}.log`),
  });
  const runOf = (name: Name, stack: keyof ReturnType<typeof stackNames> = "messaging") => ({
    folder: stackFolder(stackNames(name)[stack], output),
    env: aws.environmentFor(accounts[name]),
  });
  const cdktf = (...parameters: string[]) =>
    execa("npx", ["cdktf", ...parameters, "--output", output], {
      cwd: projectFolder,
      env: {
        ...aws.environmentFor(accounts.dev),
        TF_CLI_CONFIG_FILE: terraformCliConfig(),
        CHECKPOINT_DISABLE: "1",
      },
      all: true,
    });
  const awsCli = (name: Name, ...parameters: string[]) =>
    execa("aws", parameters, { cwd: projectFolder, env: aws.environmentFor(accounts[name]), reject: false });
  const demo = (name: Name, deadline?: number) => {
    return runDemo(clientSettings(aws, accounts[name]), namesOf(environmentNamed(name)), deadline);
  };
  const logLines = async (name: Name): Promise<string[]> => {
    const logs = new CloudWatchLogsClient(clientSettings(aws, accounts[name]));
    const { logGroup } = namesOf(environmentNamed(name));
    const lines: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await logs.send(new FilterLogEventsCommand({ logGroupName: logGroup, nextToken }));
      lines.push(...(page.events ?? []).map(({ message = "" }) => message));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return lines;
  };

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    await synthesize(output, aws.environmentFor(accounts.dev));
  });
  afterAll(async () => {
    await aws.stop();
    rmSync(output, { recursive: true });
  });

  test("the state bucket is made once; again changes nothing", async () => {
    expect(await Promise.all(both.map((name) => bootstrapEnvironment(deployment(name))))).toEqual([
      "made",
      "made",
    ]);
    expect(await bootstrapEnvironment(deployment("dev"))).toBe("unchanged");
  }, 180_000);

  test("prod is deployed by its saved plan", async () => {
    expect(await deployEnvironment(deployment("prod"))).toBe(true);
  }, 300_000);

  test("dev is deployed by cdktf", async () => {
    expect((await cdktf("list")).all).toContain("messaging-dev");
    expect((await cdktf("deploy", "messaging-dev", "--auto-approve")).all).toContain(
      "stream_function = cruddur-messaging-stream",
    );
  }, 300_000);

  test.each(both)("%s: messages move the inboxes, by the trigger and the bundle that ships", async (name) => {
    const result = await demo(name);
    demoResults.set(name, result);
    expect(result.before.map((inbox) => inbox.map(({ other }) => other.displayName))).toEqual([
      ["Carol", "Bob"],
      ["Carol", "Alice"],
    ]);
    expect(
      result.after.map((inbox) => inbox.map(({ other, newestText }) => [other.displayName, newestText])),
    ).toEqual([
      [
        ["Bob", "At nine. I bring the thermos."],
        ["Carol", "Did you see the northern lights?"],
      ],
      [
        ["Alice", "At nine. I bring the thermos."],
        ["Carol", "Did you see the northern lights?"],
      ],
    ]);
  });

  test("nothing of prod can be seen from dev", async () => {
    const scan = async (name: Name) => {
      const client = new DynamoDBClient(clientSettings(aws, accounts[name]));
      const { Items = [] } = await client.send(new ScanCommand({ TableName: "cruddur-messages" }));
      return Items.map((item) => item["pk"]?.S);
    };
    const [ofDev, ofProd] = await Promise.all([scan("dev"), scan("prod")]);
    const people = demoResults.get("prod")?.people.map(({ uuid }) => `GRP#${uuid}`) ?? [];
    expect(people).toHaveLength(2);
    for (const person of people) {
      expect(ofProd).toContain(person);
      expect(ofDev).not.toContain(person);
    }
  });

  test.each(both)(
    "%s: no call was denied, nothing failed, and no log holds the text of a message",
    async (name) => {
      const lines = await logLines(name);
      expect(lines.filter((line) => line.includes('"event":"batch"')).length).toBeGreaterThan(0);
      expect(lines.filter((line) => /AccessDenied|"level":"ERROR"/.test(line))).toEqual([]);
      for (const secret of ["thermos", "river", "northern"]) expect(lines.join("\n")).not.toContain(secret);
    },
  );

  test("the plan of all that was applied is empty", async () => {
    for (const name of both)
      for (const stack of ["messaging", "bootstrap"] as const)
        expect([name, stack, await plan(runOf(name, stack), "again.tfplan")]).toEqual([name, stack, false]);
  }, 120_000);

  test("the tutorial's commands work on both tables", async () => {
    expect(
      (await awsCli("dev", "dynamodb", "list-tables", "--query", "TableNames", "--output", "text")).stdout,
    ).toBe("Users\tcruddur-messages");
    for (const table of ["Users", "cruddur-messages"]) {
      const file = (name: string) => `file://samples/${table}/${name}.json`;
      const item = JSON.parse(
        readFileSync(join(projectFolder, "samples", table, "item.json"), "utf8"),
      ) as unknown;
      const get = () => awsCli("dev", "dynamodb", "get-item", "--table-name", table, "--key", file("key"));
      expect(
        await awsCli("dev", "dynamodb", "put-item", "--table-name", table, "--item", file("item")),
      ).toMatchObject({ exitCode: 0 });
      expect(JSON.parse((await get()).stdout)).toEqual({ Item: item });
      expect(
        await awsCli("dev", "dynamodb", "delete-item", "--table-name", table, "--key", file("key")),
      ).toMatchObject({ exitCode: 0 });
      expect((await get()).stdout).toBe("");
    }
  }, 120_000);

  test("a protected table can't be deleted", async () => {
    const client = new DynamoDBClient(clientSettings(aws, accounts.prod));
    await expect(
      client.send(new DeleteTableCommand({ TableName: "cruddur-messages" })),
    ).rejects.toMatchObject({
      name: "ValidationException",
    });
    expect((await client.send(new ListTablesCommand({}))).TableNames).toContain("cruddur-messages");
  });

  test("without one action in the function's policy the trigger is denied; with it again, it catches up", async () => {
    const file = join(stackFolder(stackNames("dev").messaging, output), "cdk.tf.json");
    const stack = readFileSync(file, "utf8");
    const { resource } = JSON.parse(stack) as {
      resource: { aws_iam_role_policy: Record<string, { policy: string }> };
    };
    const [rolePolicy] = Object.values(resource.aws_iam_role_policy);
    const narrowed = rolePolicy?.policy.replace('"dynamodb:DeleteItem",', "") ?? "";
    expect(narrowed).not.toBe(rolePolicy?.policy);
    writeFileSync(file, stack.replace(JSON.stringify(rolePolicy?.policy), JSON.stringify(narrowed)));
    await deployEnvironment(deployment("dev"));
    await expect(demo("dev", 5_000)).rejects.toThrow("The inboxes did not move within 5 seconds.");
    const denied = (await logLines("dev")).filter((line) => line.includes("AccessDenied"));
    expect(denied.length).toBeGreaterThan(0);

    writeFileSync(file, stack);
    await deployEnvironment(deployment("dev"));
    await demo("dev");
  }, 180_000);

  test("dev is destroyed by cdktf; prod refuses to be", async () => {
    await expect(destroy(runOf("prod"))).rejects.toThrow(/prevent_destroy/);
    await cdktf("destroy", "messaging-dev", "--auto-approve");
    const client = new DynamoDBClient(clientSettings(aws, accounts.dev));
    expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([]);
  }, 300_000);
});
