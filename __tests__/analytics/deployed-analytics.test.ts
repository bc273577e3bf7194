import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AthenaClient, StartQueryExecutionCommand } from "@aws-sdk/client-athena";
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from "@aws-sdk/client-cloudwatch";
import {
  DescribeExportCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  ExportTableToPointInTimeCommand,
  GetItemCommand,
  QueryCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { BatchWriteCommand, DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, afterEach, beforeAll, expect, jest, test } from "@jest/globals";
import { accessTo, type ClientSettings } from "../../account/access.ts";
import { answerQuery } from "../../analytics/answer-query.ts";
import { type QueryResult, runQuery } from "../../analytics/run-query.ts";
import { SCANNED_MEGABYTE } from "../../config/analytics-settings.ts";
import { type EnvironmentLiteral, environmentSchema } from "../../config/environment.ts";
import { newestExport } from "../../config/export-times.ts";
import { namesOf } from "../../config/names.ts";
import { policyDocument } from "../../constructs/policy.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { runSchedule } from "../../local/embedded-aws/schedules.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { bucketFolders, exportsAt } from "../../messaging/analytics/bucket-folders.ts";
import { namedQueries } from "../../messaging/analytics/named-queries.ts";
import { CANARY_MEMBERS, canaryUuid } from "../../messaging/canary.ts";
import {
  listConversations,
  listMessages,
  newMessage,
  sendMessage,
  startConversation,
} from "../../messaging/conversations.ts";
import type { Member } from "../../messaging/items.ts";
import { formatStatus } from "../../status/format-status.ts";
import { readStatus } from "../../status/read-status.ts";
import { deployInto, synthesizeFor } from "../support/deploy-environment.ts";
import { devLiteral } from "../support/environments.ts";
import { generatedMessages } from "../support/generated-messages.ts";
import { clientSettings } from "../support/messages-table.ts";
import { takeRole } from "../support/pipeline-account.ts";
import { describeWith } from "../support/requirements.ts";
import { until } from "../support/until.ts";

const account = "111111111111";

const analytics = {
  bucket: "cruddur-messaging-dev-exports",
  // Far from now, so that the newest export is the same one throughout.
  exportHour: (new Date().getUTCHours() + 12) % 24,
  keepDays: 30,
  maximumScannedMegabytes: 10,
  queriedBy: [`arn:aws:iam::${account}:root`],
};
const literal: EnvironmentLiteral = {
  ...devLiteral,
  account,
  analytics,
  tables: { ...devLiteral.tables, messages: { ...devLiteral.tables.messages, pointInTimeRecoveryDays: 7 } },
  // The tests write everything themselves, and thousands of messages at once.
  trigger: { ...devLiteral.trigger, enabled: false },
};
const environment = environmentSchema.parse(literal);
const names = namesOf(environment);
/** When the export is due that queries see now. */
const due = newestExport(analytics, new Date());

const bayley: Member = { uuid: "b0", displayName: "Andrew Bayley", handle: "bayley" };
const brown: Member = { uuid: "b1", displayName: "Andrew Brown", handle: "brown" };
const finn: Member = { uuid: "f0", displayName: "Finn", handle: "finn" };

describeWith(["terraform", "python"], "analytics, deployed", () => {
  const place = mkdtempSync(join(tmpdir(), "deployed-analytics-"));
  let aws: EmbeddedAws;
  let dynamodb: DynamoDBClient;
  let s3: S3Client;
  let asAnalyst: ClientSettings;
  let variables: NodeJS.ProcessEnv;

  beforeAll(async () => {
    variables = { ...process.env };
    aws = await startEmbeddedAws();
    synthesizeFor(aws, literal, place);
    await deployInto(aws, account, "dev", place);
    dynamodb = new DynamoDBClient(clientSettings(aws, account));
    s3 = new S3Client({ ...clientSettings(aws, account), forcePathStyle: true });
    const credentials = await takeRole(aws, account, names.analystRole);
    asAnalyst = accessTo(environment, credentials).client;
    Object.assign(process.env, credentials);
  }, 300_000);
  afterAll(async () => {
    process.env = variables;
    await aws.stop();
    rmSync(place, { recursive: true });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const table = () => ({
    client: DynamoDBDocumentClient.from(dynamodb),
    tableName: names.tables.messages,
  });

  const removeExports = async () => {
    const Bucket = analytics.bucket;
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket, Prefix: bucketFolders.messages }),
    );
    for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  };

  /** Exports the table as the schedule does, as if it were due. */
  const runExport = async () => {
    const answer = await runSchedule(aws, { account, name: names.tableExport, at: due });
    return completed((answer as { ExportDescription: { ExportArn: string } }).ExportDescription.ExportArn);
  };

  /** Exports the table in place of what the schedule exported, by hand. */
  const exportAgain = async () => {
    await removeExports();
    const TableArn = `arn:aws:dynamodb:ca-central-1:${account}:table/${names.tables.messages}`;
    const S3Prefix = exportsAt(due.toISOString().replace(".000", ""));
    const { ExportDescription } = await dynamodb.send(
      new ExportTableToPointInTimeCommand({ TableArn, S3Bucket: analytics.bucket, S3Prefix }),
    );
    return completed(ExportDescription?.ExportArn);
  };

  const completed = async (ExportArn: string | undefined) => {
    const describeExport = async () =>
      (await dynamodb.send(new DescribeExportCommand({ ExportArn }))).ExportDescription;
    await until(async () => (await describeExport())?.ExportStatus !== "IN_PROGRESS");
    return describeExport();
  };

  const run = (sql: string) =>
    runQuery(
      new AthenaClient(asAnalyst),
      {
        sql,
        workgroup: names.analyticsWorkgroup,
        database: names.analyticsDatabase,
        maximumRows: 10_000,
      },
      () => undefined,
    );
  const asRecords = ({ columns, rows }: QueryResult) =>
    rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])));
  const recordsOf = async (sql: string) => asRecords(await run(sql));
  const named = (name: string) => recordsOf(namedQueries.find((query) => query.name === name)?.sql ?? "");

  /** What the command prints. */
  const answered = async (...parameters: Parameters<typeof answerQuery>) => {
    const out = jest.spyOn(console, "log").mockReturnValue();
    const notes = jest.spyOn(console, "error").mockReturnValue();
    await answerQuery(...parameters);
    const textOf = ({ mock }: typeof out) => mock.calls.map(([text]) => String(text)).join("\n");
    const printed = { rows: textOf(out), notes: textOf(notes) };
    jest.restoreAllMocks();
    return printed;
  };
  const options = { format: "table", rows: 100 } as const;

  const alarm = async () => {
    const cloudwatch = new CloudWatchClient(clientSettings(aws, account));
    const AlarmNames = [`${names.tableAlarm}export-age`];
    const { MetricAlarms: [found] = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames }));
    if (!found) throw new Error("there is no such alarm");
    return found;
  };

  /** Lets the alarm look back half a minute instead of 26 hours. */
  const lookBackShortly = async () => {
    const { Dimensions, ...rest } = await alarm();
    const condition = { ...rest, Dimensions, Period: 10, EvaluationPeriods: 1, DatapointsToAlarm: 1 };
    await new CloudWatchClient(clientSettings(aws, account)).send(
      new PutMetricAlarmCommand(condition as PutMetricAlarmCommandInput),
    );
  };

  const readExports = async () => {
    const status = await readStatus(environment, clientSettings(aws, account));
    return { status, text: formatStatus(status).join("\n") };
  };

  test("a failed export leaves the alarm raised, and the status says why", async () => {
    // The owner of the bucket took the permission from the schedule's role.
    const PolicyName = "forbidden";
    const role = { RoleName: names.tableExport, PolicyName };
    const forbidden = { Sid: "Forbidden", Effect: "Deny", Action: ["s3:PutObject"], Resource: "*" } as const;
    const iam = new IAMClient(clientSettings(aws, account));
    await iam.send(new PutRolePolicyCommand({ ...role, PolicyDocument: policyDocument(forbidden) }));
    const at = new Date(due.getTime() - 86_400_000);
    const answer = await runSchedule(aws, { account, name: names.tableExport, at });
    const failed = await completed(
      (answer as { ExportDescription: { ExportArn: string } }).ExportDescription.ExportArn,
    );
    await iam.send(new DeleteRolePolicyCommand(role));

    expect(failed).toMatchObject({ ExportStatus: "FAILED", FailureCode: "S3AccessDenied" });
    await lookBackShortly();
    while ((await alarm()).StateValue !== "ALARM") await sleep(1_000);
    const { status, text } = await readExports();
    expect(status.exports).toMatchObject([{ status: "FAILED" }]);
    expect(text).toMatch(
      /last export\n {2}of 20\S+Z: FAILED, S3AccessDenied: .*not authorized to perform: s3:PutObject/,
    );
    expect(status.faults.join("\n")).toMatch(/Alarm cruddur-messaging-export-age is raised since/);
  }, 120_000);

  test("before the first export, there is nothing to query", async () => {
    await expect(answered(environment, "SELECT 1", options)).rejects.toThrow(
      /^There is no export of .* in s3:\/\/cruddur-messaging-dev-exports\/messages\/exported_at=/,
    );
  });

  test("queries show what the access patterns show, as of the export", async () => {
    const first = newMessage("c1", bayley, 'a "quote",\na line 🚀');
    await startConversation(table(), [bayley, brown], first);
    await startConversation(table(), [bayley, brown, finn], newMessage("c2", finn, "two"));
    await sendMessage(table(), newMessage("c1", brown, "an answer"));
    // A smoke test's conversation is no data.
    const canary = newMessage(canaryUuid(), CANARY_MEMBERS[0], "smoke");
    await startConversation(table(), CANARY_MEMBERS, canary);
    await expect(runExport()).resolves.toMatchObject({ ExportStatus: "COMPLETED" });
    await expect(alarm()).resolves.toMatchObject({ StateValue: "OK" });
    expect((await readExports()).status.exports).toEqual([{ of: expect.any(String), status: "COMPLETED" }]);
    const { items: ofFirst } = await listMessages(table(), "c1");
    const { items: ofSecond } = await listMessages(table(), "c2");
    const inbox = (await listConversations(table(), bayley.uuid)).items;
    await sendMessage(table(), newMessage("c1", bayley, "after the export"));

    const messages = await recordsOf(
      "SELECT * FROM messages WHERE conversation_uuid = 'c1' ORDER BY created_at DESC",
    );
    expect(messages).toEqual(
      ofFirst.map(({ uuid, createdAt, text, sender }) => ({
        message_uuid: uuid,
        conversation_uuid: "c1",
        created_at: createdAt.slice(0, 23).replace("T", " "),
        sender_uuid: sender.uuid,
        sender_handle: sender.handle,
        sender_display_name: sender.displayName,
        text,
        exported_on: due.toISOString().slice(0, 10),
      })),
    );
    const rows = await recordsOf(
      `SELECT * FROM conversation_rows WHERE member_uuid = '${bayley.uuid}' ORDER BY moved_at DESC`,
    );
    expect(rows).toMatchObject(
      inbox.map(({ uuid, newestText, other }) => ({
        conversation_uuid: uuid,
        newest_text: newestText,
        other_handle: other.handle,
      })),
    );
    await expect(named("messages-per-day")).resolves.toMatchObject([
      { messages: String(ofFirst.length + ofSecond.length), conversations: "2", senders: "3" },
    ]);
    await expect(named("largest-conversations")).resolves.toMatchObject([
      { conversation_uuid: "c1", messages: String(ofFirst.length), members: "2" },
      { conversation_uuid: "c2", messages: String(ofSecond.length), members: "3" },
    ]);
  }, 60_000);

  test("the command says of when the data is, what it scanned and what that costs", async () => {
    const sql = "SELECT conversation_uuid, count(*) AS messages FROM messages GROUP BY 1 ORDER BY 1";
    const { rows, notes } = await answered(environment, sql, options);

    expect(rows).toBe(
      "conversation_uuid  messages\n-----------------  --------\nc1                        2\nc2                        1",
    );
    expect(notes).toMatch(
      /^Data of 20\S+Z, when the table had 1\d items\.\n2 rows; 0\.0 MB scanned, about 0\.00005 dollars\.$/,
    );
    const named = { name: "busiest-senders", format: "csv", rows: 2 } as const;
    const { rows: csv, notes: more } = await answered(environment, undefined, named);
    expect(csv).toMatch(
      /^sender_uuid,handle,messages,conversations,newest\nb0,bayley,1,1,\S+ \S+\nb1,brown,1,1,/,
    );
    expect(more).toMatch(
      /Only the first 2 rows: all are in s3:\/\/cruddur-messaging-dev-exports\/results\/\S+\.csv/,
    );
  });

  test("the command refuses what can't be right", async () => {
    await expect(answered(environment, undefined, options)).rejects.toThrow("Give either SQL");
    await expect(answered(environment, "SELECT 1", { ...options, name: "both" })).rejects.toThrow(
      "Give either SQL",
    );
    await expect(answered(environment, undefined, { ...options, name: "no-such" })).rejects.toThrow(
      "There is no named query no-such. There are: messages-per-day, ",
    );
    await expect(answered(environment, "SELECT nothing FROM messages", options)).rejects.toThrow(
      /^The query failed \(\S+\): SYNTAX_ERROR/,
    );
    await expect(answered(environment, "DROP VIEW messages", options)).rejects.toThrow(
      /^Athena refuses the query/,
    );
    const without = environmentSchema.parse({ ...literal, analytics: undefined });
    await expect(answered(without, "SELECT 1", options)).rejects.toThrow(
      "dev has no exports to query: set analytics in",
    );
  });

  test("who queries reads neither the tables nor more of the account, and changes no export", async () => {
    const client = new DynamoDBClient(asAnalyst);
    const TableName = names.tables.messages;
    const denied = expect.objectContaining({ name: "AccessDeniedException" }) as unknown as Error;
    const Key = { pk: { S: "MSG#c1" }, sk: { S: "1" } };
    const ofC1 = { KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: { ":pk": Key.pk } };
    await expect(client.send(new GetItemCommand({ TableName, Key }))).rejects.toEqual(denied);
    await expect(client.send(new QueryCommand({ TableName, ...ofC1 }))).rejects.toEqual(denied);
    await expect(client.send(new ScanCommand({ TableName }))).rejects.toEqual(denied);
    const Statement = `SELECT * FROM "${TableName}"`;
    await expect(client.send(new ExecuteStatementCommand({ Statement }))).rejects.toEqual(denied);
    const exportTo = {
      TableArn: `arn:aws:dynamodb:ca-central-1:${account}:table/${TableName}`,
      S3Bucket: analytics.bucket,
    };
    await expect(client.send(new ExportTableToPointInTimeCommand(exportTo))).rejects.toEqual(denied);

    const analystS3 = new S3Client({ ...asAnalyst, forcePathStyle: true });
    const Bucket = analytics.bucket;
    const write = new PutObjectCommand({ Bucket, Key: `${bucketFolders.messages}x`, Body: "x" });
    await expect(analystS3.send(write)).rejects.toMatchObject({ name: "AccessDenied" });
    const remove = new DeleteObjectCommand({ Bucket, Key: `${bucketFolders.messages}x` });
    await expect(analystS3.send(remove)).rejects.toMatchObject({ name: "AccessDenied" });
    const state = new ListObjectsV2Command({ Bucket: literal.state.bucket });
    await expect(analystS3.send(state)).rejects.toMatchObject({ name: "AccessDenied" });
    const elsewhere = new StartQueryExecutionCommand({ QueryString: "SELECT 1", WorkGroup: "primary" });
    await expect(new AthenaClient(asAnalyst).send(elsewhere)).rejects.toEqual(denied);
  });

  test("every named query counts ten thousand messages right, odd ones among them", async () => {
    const { items, counts } = generatedMessages(10_000, due.getTime());
    for (let from = 0; from < items.length; from += 25 * 8)
      await Promise.all(
        Array.from({ length: 8 }, (_, index) => items.slice(from + index * 25, from + (index + 1) * 25))
          .filter((batch) => batch.length > 0)
          .map((batch) => {
            const RequestItems = { [names.tables.messages]: batch.map((Item) => ({ PutRequest: { Item } })) };
            return table().client.send(new BatchWriteCommand({ RequestItems }));
          }),
      );
    await exportAgain();
    const own = "b0 b1 f0";
    const others = (records: Record<string, unknown>[]) =>
      records.filter((record) => !own.includes(String(record["sender_uuid"] ?? record["conversation_uuid"])));

    const perDay = await named("messages-per-day");
    expect(perDay.slice(-counts.perDay.length)).toEqual(counts.perDay);
    await expect(named("busiest-senders").then(others)).resolves.toEqual(counts.busiestSenders);
    await expect(named("silent-conversations")).resolves.toEqual(counts.silentConversations);
    const largest = await named("largest-conversations");
    expect(largest).toEqual(counts.largestConversations.slice(0, largest.length));
    // Each text is as it was written.
    const texts = await recordsOf(
      "SELECT message_uuid, text FROM messages WHERE conversation_uuid LIKE 'g%'",
    );
    expect(new Map(texts.map(({ message_uuid, text }) => [message_uuid, text]))).toEqual(counts.texts);
  }, 180_000);

  test("a query over its limit is ended", async () => {
    const Key = `${exportsAt(due.toISOString().replace(".000", ""))}/AWSDynamoDB/more/data/large`;
    const Body = randomBytes(analytics.maximumScannedMegabytes * SCANNED_MEGABYTE);
    await s3.send(new PutObjectCommand({ Bucket: analytics.bucket, Key, Body }));

    await expect(run("SELECT count(*) FROM messages")).rejects.toThrow(
      /^The query was ended \(\S+\): Bytes scanned limit was exceeded\. .*maximumScannedMegabytes$/,
    );
    await expect(answered(environment, "SELECT 1", options)).rejects.toThrow(
      /^There are 2 exports of .*: queries would count each message more than once\./,
    );
  });
});
