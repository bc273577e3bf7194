import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import {
  type AttributeValue,
  DescribeExportCommand,
  DynamoDBClient,
  ExportTableToPointInTimeCommand,
  type ExportTableToPointInTimeCommandInput,
  ListExportsCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { createUser } from "../support/identities.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { quietMoment, setRecovery } from "../support/table-restores.ts";
import { until } from "../support/until.ts";

const Bucket = "exported-messages";

/** A line of the data files, or of the list of these. */
interface ExportedLine {
  readonly Item: Readonly<Record<string, AttributeValue>>;
  readonly dataFileS3Key: string;
  readonly itemCount: number;
  readonly md5Checksum: string;
}

const arnOf = (table: string) => `arn:aws:dynamodb:ca-central-1:${ACCOUNT}:table/${table}`;

describeWith(["python"], "exports of tables", () => {
  let aws: EmbeddedAws;
  let client: DynamoDBClient;
  let s3: S3Client;
  beforeAll(async () => {
    aws = await startEmbeddedAws();
    client = new DynamoDBClient(clientSettings(aws));
    s3 = await bucketIn(aws);
  });
  afterAll(() => aws.stop());

  const bucketIn = async (instance: EmbeddedAws) => {
    const created = new S3Client({ ...clientSettings(instance), forcePathStyle: true });
    const CreateBucketConfiguration = { LocationConstraint: "ca-central-1" as const };
    await created.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    return created;
  };

  const put = (TableName: string, sk: string, message: string) =>
    client.send(
      new PutItemCommand({ TableName, Item: { pk: { S: "MSG#1" }, sk: { S: sk }, message: { S: message } } }),
    );

  /** Creates a table with recovery, and one message in it. */
  const recovered = async (table: string) => {
    await createMessagesTable(aws, table);
    await setRecovery(client, table, true);
    await put(table, "1", "first");
  };

  const ended = async (ExportArn: string | undefined, dynamodb = client) => {
    const describeExport = async () =>
      (await dynamodb.send(new DescribeExportCommand({ ExportArn }))).ExportDescription ?? {};
    await until(async () => (await describeExport()).ExportStatus !== "IN_PROGRESS");
    return describeExport();
  };

  const start = async (
    input: Partial<ExportTableToPointInTimeCommandInput> & { table: string },
    dynamodb = client,
  ) => {
    const { table, ...rest } = input;
    const request = new ExportTableToPointInTimeCommand({
      TableArn: arnOf(table),
      S3Bucket: Bucket,
      ...rest,
    });
    return (await dynamodb.send(request)).ExportDescription ?? {};
  };

  const bodyOf = async (Key: string | undefined) =>
    Buffer.from(
      (await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToByteArray()) ?? [],
    );

  const linesIn = (text: string) =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as ExportedLine);

  /** The items that the data files of an export have, found through its manifests. */
  const itemsOf = async (manifest: string | undefined) => {
    const summary = JSON.parse((await bodyOf(manifest)).toString()) as Record<string, string>;
    const files = linesIn((await bodyOf(summary["manifestFilesS3Key"])).toString());
    const bodies = await Promise.all(
      files.map(async ({ dataFileS3Key, md5Checksum }) => {
        const body = await bodyOf(dataFileS3Key);
        expect(createHash("md5").update(body).digest("base64")).toBe(md5Checksum);
        return gunzipSync(body).toString();
      }),
    );
    const items = bodies.flatMap((body) => linesIn(body).map(({ Item }) => Item));
    return { summary, files, items };
  };

  test("write the items of the table in AWS's files", async () => {
    await recovered("written");
    const odd = 'a "quote", a\nnew line, a \u2028 separator and an emoji 🚀';
    await put("written", "2", odd);
    await put("written", "3", "x".repeat(100_000));

    const begun = await start({ table: "written", S3Prefix: "messages/day=1/" });
    const exported = await ended(begun.ExportArn);

    expect(begun).toMatchObject({
      ExportStatus: "IN_PROGRESS",
      ExportFormat: "DYNAMODB_JSON",
      ExportType: "FULL_EXPORT",
    });
    const folder = `messages/day=1/AWSDynamoDB/${begun.ExportArn?.split("/").at(-1) ?? ""}`;
    expect(exported).toMatchObject({
      ExportStatus: "COMPLETED",
      ItemCount: 3,
      ExportManifest: `${folder}/manifest-summary.json`,
    });
    const { summary, files, items } = await itemsOf(exported.ExportManifest);
    expect(items).toHaveLength(3);
    expect(items).toContainEqual({ pk: { S: "MSG#1" }, sk: { S: "2" }, message: { S: odd } });
    expect(files.reduce((sum, { itemCount }) => sum + itemCount, 0)).toBe(3);
    expect(summary).toMatchObject({
      version: "2020-06-30",
      exportArn: begun.ExportArn,
      tableArn: arnOf("written"),
      s3Bucket: Bucket,
      itemCount: 3,
      outputFormat: "DYNAMODB_JSON",
    });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: folder }));
    const names = Contents.map(({ Key }) => Key?.slice(folder.length + 1)).filter(
      (name) => !name?.startsWith("data/"),
    );
    expect(names.sort()).toEqual([
      "_started",
      "manifest-files.json",
      "manifest-files.md5",
      "manifest-summary.json",
      "manifest-summary.md5",
    ]);
  });

  test("have the items of their time, and not those of later", async () => {
    await recovered("timed");
    const ExportTime = await quietMoment();
    await put("timed", "1", "changed");
    await put("timed", "2", "later");
    const past = await ended((await start({ table: "timed", ExportTime })).ExportArn);
    const present = await start({ table: "timed" });
    await put("timed", "3", "while the export runs");

    expect((await itemsOf(past.ExportManifest)).items.map(({ message }) => message?.S)).toEqual(["first"]);
    const { items } = await itemsOf((await ended(present.ExportArn)).ExportManifest);
    expect(items.map(({ message }) => message?.S).sort()).toEqual(["changed", "later"]);
  });

  test("are made once for a client token, and refused if it means another export", async () => {
    await recovered("repeated");
    const first = await start({ table: "repeated", ClientToken: "once", ExportTime: undefined });

    await expect(start({ table: "repeated", ClientToken: "once" })).resolves.toMatchObject({
      ExportArn: first.ExportArn,
    });
    await expect(start({ table: "repeated", ClientToken: "once", S3Prefix: "other" })).rejects.toThrow(
      "conflict",
    );
    const { ExportSummaries } = await client.send(new ListExportsCommand({ TableArn: arnOf("repeated") }));
    expect(ExportSummaries?.map(({ ExportArn }) => ExportArn)).toEqual([first.ExportArn]);
  });

  test("need point-in-time recovery, and a time of its window", async () => {
    await createMessagesTable(aws, "unrecovered");
    await recovered("windowed");

    await expect(start({ table: "unrecovered" })).rejects.toMatchObject({
      name: "PointInTimeRecoveryUnavailableException",
    });
    await expect(start({ table: "windowed", ExportTime: new Date(0) })).rejects.toMatchObject({
      name: "InvalidExportTimeException",
    });
    await expect(start({ table: "none" })).rejects.toMatchObject({ name: "TableNotFoundException" });
    await expect(start({ table: "windowed", ExportType: "INCREMENTAL_EXPORT" })).rejects.toThrow(
      "and nothing else",
    );
  });

  test("fail where there is no bucket", async () => {
    await recovered("homeless");
    const { ExportArn } = await start({ table: "homeless", S3Bucket: "no-such-bucket" });

    await expect(ended(ExportArn)).resolves.toMatchObject({
      ExportStatus: "FAILED",
      FailureCode: "S3NoSuchBucket",
    });
  });

  test("write what their caller may put into the bucket, and fail otherwise", async () => {
    await recovered("guarded");
    const exports = {
      Effect: "Allow",
      Action: ["dynamodb:ExportTableToPointInTime"],
      Resource: arnOf("guarded"),
    };
    const described = {
      Effect: "Allow",
      Action: "dynamodb:DescribeExport",
      Resource: `${arnOf("guarded")}/export/*`,
    };
    const puts = { Effect: "Allow", Action: "s3:PutObject", Resource: `arn:aws:s3:::${Bucket}/allowed/*` };
    const credentials = await createUser(aws, "exporter", exports, described, puts);
    const exporter = new DynamoDBClient({ ...clientSettings(aws), credentials });

    const allowed = await ended(
      (await start({ table: "guarded", S3Prefix: "allowed" }, exporter)).ExportArn,
      exporter,
    );
    const denied = await ended(
      (await start({ table: "guarded", S3Prefix: "denied" }, exporter)).ExportArn,
      exporter,
    );

    expect(allowed).toMatchObject({ ExportStatus: "COMPLETED" });
    expect(denied).toMatchObject({ ExportStatus: "FAILED", FailureCode: "S3AccessDenied" });
    await expect(start({ table: "written" }, exporter)).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
    await expect(exporter.send(new ListExportsCommand({ TableArn: arnOf("guarded") }))).rejects.toMatchObject(
      {
        name: "AccessDeniedException",
      },
    );
  });

  describe("without the correction", () => {
    test("write no files, and say that they are complete", async () => {
      const asShipped = await startEmbeddedAws({ without: ["table-exports"] });
      try {
        const { client: shipped } = await createMessagesTable(asShipped, "shipped");
        const bucket = await bucketIn(asShipped);
        const { ExportArn } = await start({ table: "shipped" }, shipped);

        await expect(ended(ExportArn, shipped)).resolves.toMatchObject({ ExportStatus: "COMPLETED" });
        await expect(bucket.send(new ListObjectsV2Command({ Bucket }))).resolves.toMatchObject({
          KeyCount: 0,
        });
      } finally {
        await asShipped.stop();
      }
    });
  });
});
