import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient, PutItemCommand, ScanCommand, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import {
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { namesOf } from "../../../config/names.ts";
import type { EmbeddedAws } from "../../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import { CANARY_MEMBERS, canaryUuid, isCanary } from "../../../messaging/canary.ts";
import { listConversations, newMessage, startConversation } from "../../../messaging/conversations.ts";
import { smoke, formatSmokeReport } from "../../../release/smoke/smoke-test.ts";
import type { Status } from "../../../status/status.ts";
import { stackFolder } from "../../../terraform/synthesize.ts";
import { plan } from "../../../terraform/terraform.ts";
import { deployInto, synthesizeFor } from "../../support/deploy-environment.ts";
import { dev, devLiteral, useTestEnvironments } from "../../support/environments.ts";
import { ACCOUNT, clientSettings } from "../../support/messages-table.ts";
import { copySources, runIn } from "../../support/repository.ts";
import { describeWith } from "../../support/requirements.ts";
import { until } from "../../support/until.ts";

const names = namesOf(dev);
const monitored = { ...devLiteral, monitoring: { dashboard: true, inboxMetrics: true } };

describeWith(["terraform", "python"], "a smoke test of a deployed environment", () => {
  const output = mkdtempSync(join(tmpdir(), "smoke-test-"));
  let aws: EmbeddedAws;
  let checkout: string;
  let settings: ReturnType<typeof clientSettings>;
  let client: DynamoDBClient;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    settings = clientSettings(aws);
    client = new DynamoDBClient(settings);
    checkout = join(output, "checkout");
    copySources(checkout);
    useTestEnvironments(checkout);
    synthesizeFor(aws, monitored, output);
    await deployInto(aws, ACCOUNT, "dev", output);
  }, 300_000);
  afterAll(async () => {
    await aws.stop();
    rmSync(output, { recursive: true });
  });

  const itemsLeft = async () => {
    const { Items = [] } = await client.send(new ScanCommand({ TableName: names.tables.messages }));
    return Items.map(({ pk }) => pk?.S ?? "");
  };

  async function setTrigger(Enabled: boolean): Promise<void> {
    const lambda = new LambdaClient(settings);
    const all = new ListEventSourceMappingsCommand({ FunctionName: names.streamFunction });
    const UUID = (await lambda.send(all)).EventSourceMappings?.[0]?.UUID;
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
    const wanted = Enabled ? "Enabled" : "Disabled";
    while ((await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State !== wanted) await sleep(50);
  }

  /** What the function logged of what it could not do. */
  async function failures(): Promise<string[]> {
    const logs = new CloudWatchLogsClient(settings);
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: names.logGroup }));
    const lines = events.map(({ message = "" }) => message);
    expect(lines.join()).toContain('"event":"batch"');
    return lines.filter((line) => line.includes("conversation-failed"));
  }

  test("passes, by way of every access pattern, and leaves nothing", async () => {
    const report = await smoke(dev, settings);
    expect(report).toMatchObject({ passed: true });
    expect(report.checks.map(({ what }) => what)).toEqual([
      "table cruddur-messages is active and as configured",
      "table Users is active and as configured",
      "C: a conversation is started",
      "D: a message is sent",
      "E: the trigger moves the conversation in both inboxes",
      "B: both inboxes show it once, with the last message",
      "A: its messages are read, newest first",
      "the canary is removed",
    ]);
    expect(await itemsLeft()).toEqual([]);
  });

  test("as a command: a line for each check, exit code 0", async () => {
    const env = aws.environmentFor(ACCOUNT);
    const passed = await runIn(checkout, ["smoke", "dev", "--deadline", "30"], { env });
    expect(passed).toMatchObject({ exitCode: 0, stderr: "" });
    expect(passed.stdout).toMatch(/^Smoke test of dev: passed after \d+ ms\n {2}✓ table cruddur-messages is/);
  });

  test("fails where there are no tables, and sends no canary", async () => {
    const report = await smoke(dev, clientSettings(aws, "888888888888"));
    const absent = { faults: ["it does not exist"] };
    expect(report).toMatchObject({ passed: false, checks: [absent, absent] });
  });

  test("leaves a user's conversation alone, and takes away what a killed run left an hour ago", async () => {
    const table = { client: DynamoDBDocumentClient.from(client), tableName: names.tables.messages };
    const [one, two] = CANARY_MEMBERS;
    const alice = { uuid: "11111111-1111-4111-8111-111111111111", displayName: "Alice", handle: "alice" };
    const bob = { uuid: "22222222-2222-4222-8222-222222222222", displayName: "Bob", handle: "bob" };
    const theirs = await startConversation(table, [alice, bob], newMessage(randomUUID(), alice, "a user's"));
    const recent = await startConversation(
      table,
      CANARY_MEMBERS,
      newMessage(canaryUuid(), one, "of a run that goes on"),
    );
    const killed = { sk: "2026-01-01T00:00:00.000000Z", message: "canary: first", user_uuid: one.uuid };
    const uuid = canaryUuid();
    for (const Item of [
      { ...killed, pk: `GRP#${one.uuid}`, message_group_uuid: uuid },
      { ...killed, pk: `GRP#${two.uuid}`, message_group_uuid: uuid },
      { ...killed, pk: `MSG#${uuid}`, message_uuid: "none" },
    ])
      await table.client.send(new PutCommand({ TableName: table.tableName, Item }));
    expect(await smoke(dev, settings)).toMatchObject({ passed: true });
    expect((await itemsLeft()).sort()).toEqual(
      [
        ...[alice, bob, one, two].map(({ uuid }) => `GRP#${uuid}`),
        `MSG#${recent.conversationUuid}`,
        `MSG#${theirs.conversationUuid}`,
      ].sort(),
    );
    expect((await listConversations(table, alice.uuid)).items).toMatchObject([{ newestText: "a user's" }]);
  });

  test("fails when the trigger is dead, removes the canary, and the trigger takes no harm from it later", async () => {
    const before = await itemsLeft();
    await setTrigger(false);
    const report = await smoke(dev, settings, { deadlineSeconds: 2 });
    expect(report.passed).toBe(false);
    expect(formatSmokeReport("dev", report).slice(-4)).toEqual([
      "  ✓ D: a message is sent",
      "  ✗ E: the trigger moves the conversation in both inboxes",
      "      Error: 2 of 2 inboxes did not move within 2 seconds",
      "  ✓ the canary is removed",
    ]);
    expect((await itemsLeft()).sort()).toEqual(before.sort());
    await setTrigger(true);
    // What the trigger still had of that canary lies before this one, and didn't hold it up.
    expect(await smoke(dev, settings, { deadlineSeconds: 20 })).toMatchObject({ passed: true });
    await sleep(1_500);
    expect(await failures()).toEqual([]);
  });

  test("that is interrupted removes the canary before it ends", async () => {
    const before = await itemsLeft();
    await setTrigger(false);
    const run = runIn(checkout, ["smoke", "dev"], { env: aws.environmentFor(ACCOUNT) });
    while ((await itemsLeft()).length < before.length + 4) await sleep(50);
    run.kill("SIGINT");
    expect(await run).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining("Error: interrupted") as unknown,
    });
    expect((await itemsLeft()).sort()).toEqual(before.sort());
    await setTrigger(true);
  });

  test("names what of a table isn't as configured, and then sends no canary", async () => {
    const protect = (DeletionProtectionEnabled: boolean) =>
      client.send(new UpdateTableCommand({ TableName: names.tables.users, DeletionProtectionEnabled }));
    await protect(true);
    const messages = {
      ...dev.tables.messages,
      pointInTimeRecoveryDays: 7,
      billing: { mode: "on-demand" },
      timeToLiveAttribute: "x",
    } as const;
    const { checks } = await smoke({ ...dev, tables: { ...dev.tables, messages } }, settings);
    await protect(false);
    expect(checks).toEqual([
      {
        what: "table cruddur-messages is active and as configured",
        faults: [
          "billing is provisioned, 5 read and 5 write units, and should be on-demand",
          "point-in-time recovery is off, and should be 7 days",
          "time to live is off, and should be x",
        ],
      },
      {
        what: "table Users is active and as configured",
        faults: ["deletion protection is on, and should be off"],
      },
    ]);
  });

  const ofStatus = (...options: string[]) =>
    runIn(checkout, ["status", "dev", ...options], { env: aws.environmentFor(ACCOUNT) });

  test("after that, the status is healthy, with the delay of the canaries, and nothing of the dashboard is planned", async () => {
    const { exitCode, stdout } = await ofStatus("--json");
    expect(exitCode).toBe(0);
    const status = JSON.parse(stdout) as Status;
    expect(status).toMatchObject({
      environment: "dev",
      faults: [],
      tables: [
        {
          name: "cruddur-messages",
          status: "ACTIVE",
          isProtected: false,
          read: { available: 5 },
          indexes: { "message-group-sk-index": { status: "ACTIVE", write: { available: 5 } } },
        },
        { name: "Users", status: "ACTIVE", read: { available: 10 } },
      ],
      trigger: { state: "Enabled" },
      deadLetters: 0,
    });
    // The canary was written in this second or the one before, and the function's clock is the same.
    expect(status.inboxDelayMilliseconds).toBeLessThan(60_000);
    expect(status.alarms.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["cruddur-messaging-stream-iterator-age", "cruddur-messaging-ill"]),
    );
    const messaging = { folder: stackFolder("messaging-dev", output), env: aws.environmentFor(ACCOUNT) };
    expect(await plan(messaging, "again.tfplan")).toBe(false);
  }, 120_000);

  test("and it is ill when the trigger is off, or an alarm is raised", async () => {
    await setTrigger(false);
    const off = await ofStatus();
    expect(off).toMatchObject({ exitCode: 1, stderr: "" });
    expect(off.stdout).toMatch(/^dev: messaging is ILL\n {2}✗ The trigger is Disabled: no message/);
    await setTrigger(true);
    const Item = { pk: { S: "MSG#1" }, sk: { S: "2026-03-01T10:00:00.000000Z" }, user_uuid: { S: "1" } };
    await client.send(new PutItemCommand({ TableName: names.tables.messages, Item }));
    await until(async () => (await ofStatus()).exitCode === 1);
    expect((await ofStatus()).stdout).toMatch(
      /\n {2}✗ Alarm cruddur-messaging-stream-refused-records is raised since \S+\.\n/,
    );
  }, 60_000);

  test("says when the settings themselves have the trigger off", async () => {
    const off = { ...dev, trigger: { ...dev.trigger, enabled: false } };
    const { checks } = await smoke(off, settings);
    expect(checks.at(-1)?.faults).toEqual([
      "trigger.enabled is false in dev: nothing moves, so no canary was sent",
    ]);
  });
});

test("a canary's uuid is a uuid, of a version that no user's is", () => {
  const uuid = canaryUuid();
  expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect([uuid, ...CANARY_MEMBERS.map((member) => member.uuid)].every(isCanary)).toBe(true);
  expect(isCanary("cafe0000-0000-4000-8000-000000000001")).toBe(false);
});
