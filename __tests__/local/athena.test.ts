import { gzipSync } from "node:zlib";
import {
  AthenaClient,
  CreateWorkGroupCommand,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
  type WorkGroupConfiguration,
} from "@aws-sdk/client-athena";
import { CreateDatabaseCommand, CreateTableCommand, GlueClient, type TableInput } from "@aws-sdk/client-glue";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { createUser } from "../support/identities.ts";
import { ACCOUNT, clientSettings } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { until } from "../support/until.ts";

const Bucket = "queried";
const OutputLocation = `s3://${Bucket}/results/`;
const Database = "library";
const DAY = 86_400_000;

/** The date of so many days ago, in UTC. */
const dayOf = (daysAgo: number) => new Date(Date.now() - daysAgo * DAY).toISOString().slice(0, 10);

/** A table of books over lines of JSON, a partition for each of the last days. */
const BOOKS: TableInput = {
  Name: "books",
  PartitionKeys: [{ Name: "added_on", Type: "date" }],
  Parameters: {
    "projection.enabled": "true",
    "projection.added_on.type": "date",
    "projection.added_on.format": "yyyy-MM-dd",
    "projection.added_on.range": "NOW-5DAYS,NOW",
    "storage.location.template": `s3://${Bucket}/books/at=\${added_on}T05/`,
  },
  StorageDescriptor: {
    Columns: [
      {
        Name: "item",
        Type: "struct<title:struct<s:string>,pages:struct<n:bigint>,tags:struct<ss:array<string>>>",
      },
    ],
    Location: `s3://${Bucket}/books/`,
    SerdeInfo: {
      SerializationLibrary: "org.openx.data.jsonserde.JsonSerDe",
      Parameters: { "ignore.malformed.json": "true" },
    },
  },
};

const TITLES =
  "SELECT item.title.s AS title, CAST(item.pages.n AS integer) AS pages, added_on FROM books WHERE item IS NOT NULL";

/** A view as Athena saves it. */
const viewOf = (Name: string, originalSql: string): TableInput => ({
  Name,
  TableType: "VIRTUAL_VIEW",
  Parameters: { presto_view: "true" },
  ViewExpandedText: "/* Presto View */",
  ViewOriginalText: `/* Presto View: ${Buffer.from(JSON.stringify({ originalSql, catalog: "awsdatacatalog", schema: Database })).toString("base64")} */`,
});

const book = (title: string, pages: number) =>
  JSON.stringify({ Item: { Title: { S: title }, pages: { N: String(pages) }, tags: { SS: ["a", "b"] } } });

describeWith(["python"], "queries of Athena", () => {
  let aws: EmbeddedAws;
  let athena: AthenaClient;
  let s3: S3Client;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    ({ athena, s3 } = await libraryIn(aws));
  });
  afterAll(() => aws.stop());

  const libraryIn = async (instance: EmbeddedAws) => {
    const bucket = new S3Client({ ...clientSettings(instance), forcePathStyle: true });
    const glue = new GlueClient(clientSettings(instance));
    const CreateBucketConfiguration = { LocationConstraint: "ca-central-1" as const };
    await bucket.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: Database } }));
    const current = viewOf("current", `${TITLES} AND added_on = date(current_timestamp - interval '1' day)`);
    for (const table of [BOOKS, current, viewOf("current_titles", "SELECT title FROM current")])
      await glue.send(new CreateTableCommand({ DatabaseName: Database, TableInput: table }));
    return { s3: bucket, athena: new AthenaClient(clientSettings(instance)) };
  };

  const write = (daysAgo: number, name: string, Body: string | Uint8Array) =>
    s3.send(new PutObjectCommand({ Bucket, Key: `books/at=${dayOf(daysAgo)}T05/${name}`, Body }));

  const workgroup = (Name: string, Configuration: WorkGroupConfiguration) =>
    athena.send(new CreateWorkGroupCommand({ Name, Configuration }));

  const run = async (QueryString: string, { client = athena, WorkGroup = "queries" } = {}) => {
    const QueryExecutionContext = { Database };
    const started = await client.send(
      new StartQueryExecutionCommand({ QueryString, WorkGroup, QueryExecutionContext }),
    );
    const { QueryExecutionId } = started;
    const describeQuery = async () =>
      (await client.send(new GetQueryExecutionCommand({ QueryExecutionId }))).QueryExecution ?? {};
    await until(async () => !["QUEUED", "RUNNING"].includes((await describeQuery()).Status?.State ?? ""));
    return describeQuery();
  };

  const rowsOf = async (QueryString: string, options: Parameters<typeof run>[1] = {}) => {
    const { QueryExecutionId, Status } = await run(QueryString, options);
    if (Status?.State !== "SUCCEEDED") throw new Error(`${Status?.State}: ${Status?.StateChangeReason}`);
    const { ResultSet } = await (options.client ?? athena).send(
      new GetQueryResultsCommand({ QueryExecutionId }),
    );
    const [header = [], ...rows] = (ResultSet?.Rows ?? []).map(({ Data }) =>
      Data?.map(({ VarCharValue }) => VarCharValue),
    );
    return { header, rows, types: ResultSet?.ResultSetMetadata?.ColumnInfo?.map(({ Type }) => Type) };
  };

  beforeAll(async () => {
    await workgroup("queries", { ResultConfiguration: { OutputLocation } });
    await write(
      1,
      "AWSDynamoDB/1/data/1.json.gz",
      gzipSync(`${book("one", 10)}\n${book('an "odd"\none 🚀', 20)}\n`),
    );
    await write(1, "AWSDynamoDB/1/data/2.json", `${book("three", 30)}\n`);
    await write(1, "AWSDynamoDB/1/_started", "hidden");
    await write(1, "AWSDynamoDB/1/manifest.md5", "bm8gSlNPTg==");
    await write(1, "AWSDynamoDB/1/manifest.json", '{"exportArn":"1"}\n');
    await write(2, "old.json", `${book("old", 1)}\n`);
    await write(6, "past-the-range.json", `${book("forgotten", 1)}\n`);
  });

  test("return the rows of a table, typed, and null for what isn't data", async () => {
    const { header, rows, types } = await rowsOf(
      "SELECT item.title.s AS title, item.pages.n, cardinality(item.tags.ss), added_on FROM books ORDER BY 1 NULLS LAST",
    );

    expect(header).toEqual(["title", "n", "_col2", "added_on"]);
    expect(types).toEqual(["varchar", "bigint", "bigint", "date"]);
    const nothing = [undefined, undefined, undefined, dayOf(1)];
    expect(rows).toEqual([
      ['an "odd"\none 🚀', "20", "2", dayOf(1)],
      ["old", "1", "2", dayOf(2)],
      ["one", "10", "2", dayOf(1)],
      ["three", "30", "2", dayOf(1)],
      nothing,
      nothing,
    ]);
  });

  test("know views, also of views, joins, subqueries, and the object of a row", async () => {
    await expect(rowsOf("SELECT title, pages FROM current ORDER BY pages")).resolves.toMatchObject({
      rows: [
        ["one", "10"],
        ['an "odd"\none 🚀', "20"],
        ["three", "30"],
      ],
      types: ["varchar", "integer"],
    });
    await expect(
      rowsOf(
        `WITH long AS (SELECT title FROM current WHERE pages > 10)
         SELECT count(*) FROM long JOIN ${Database}.current_titles AS t ON long.title = t.title
         WHERE t.title IN (SELECT title FROM current)`,
      ),
    ).resolves.toMatchObject({ rows: [["2"]] });
    await expect(
      rowsOf(`SELECT DISTINCT "$path" FROM books WHERE item.title.s = 'three'`),
    ).resolves.toMatchObject({
      rows: [[`s3://${Bucket}/books/at=${dayOf(1)}T05/AWSDynamoDB/1/data/2.json`]],
    });
  });

  test("compare days, and find what one of them hasn't", async () => {
    const both = (join: string, where: string) =>
      `SELECT count(*) FROM books AS one ${join} books AS other ON one.added_on > other.added_on AND other.item IS NOT NULL
       WHERE one.item IS NOT NULL AND ${where}`;
    const days = `one.added_on = date '${dayOf(1)}' AND other.added_on = date '${dayOf(2)}'`;

    await expect(rowsOf(both("JOIN", days))).resolves.toMatchObject({ rows: [["3"]] });
    // The only book of the day before has none before it.
    await expect(rowsOf(both("LEFT JOIN", "other.added_on IS NULL"))).resolves.toMatchObject({
      rows: [["1"]],
    });
  });

  test("write times and truth as Athena does", async () => {
    const { rows, types } = await rowsOf(
      `SELECT from_iso8601_timestamp('2026-01-02T03:04:05.678Z'),
         CAST(from_iso8601_timestamp('2026-01-02T03:04:05.678Z') AT TIME ZONE 'UTC' AS timestamp(3)),
         date_diff('day', date '2026-01-01', date '2026-03-01'), 1 > 0, NULL, try(CAST('no number' AS bigint))`,
    );

    expect(rows[0]).toEqual([
      "2026-01-02 03:04:05.678 UTC",
      "2026-01-02 03:04:05.678",
      "59",
      "true",
      undefined,
      undefined,
    ]);
    expect(types?.slice(0, 4)).toEqual(["timestamp with time zone", "timestamp", "bigint", "boolean"]);
  });

  test("scan the partitions that a condition leaves, and count their bytes", async () => {
    const scanned = async (query: string) => (await run(query)).Statistics?.DataScannedInBytes ?? 0;
    const old = await scanned(`SELECT count(*) FROM books WHERE added_on = date '${dayOf(2)}'`);

    expect(old).toBe(book("old", 1).length + 1);
    await expect(scanned("SELECT count(*) FROM books")).resolves.toBe(
      old + (await scanned("SELECT count(*) FROM current")),
    );
    await expect(scanned(`SELECT count(*) FROM books WHERE added_on < date '${dayOf(9)}'`)).resolves.toBe(0);
  });

  test("end at the scan limit of their workgroup", async () => {
    await workgroup("limited", { ResultConfiguration: { OutputLocation }, BytesScannedCutoffPerQuery: 150 });
    const within = await run(`SELECT * FROM books WHERE added_on = date '${dayOf(2)}'`, {
      WorkGroup: "limited",
    });
    const beyond = await run("SELECT * FROM books", { WorkGroup: "limited" });

    expect(within.Status?.State).toBe("SUCCEEDED");
    expect(beyond.Status).toMatchObject({
      State: "CANCELLED",
      StateChangeReason: "Bytes scanned limit was exceeded",
    });
  });

  test("leave their results where the workgroup says, in quotes", async () => {
    const ResultConfiguration = { OutputLocation: "s3://elsewhere/" };
    const { QueryExecutionId } = await athena.send(
      new StartQueryExecutionCommand({
        QueryString: `SELECT title, NULL AS nothing FROM current WHERE pages = 20`,
        WorkGroup: "queries",
        QueryExecutionContext: { Database },
        ResultConfiguration,
      }),
    );
    const Key = `results/${QueryExecutionId ?? ""}.csv`;
    await until(() =>
      s3.send(new GetObjectCommand({ Bucket, Key })).then(
        () => true,
        () => false,
      ),
    );
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));

    await expect(Body?.transformToString()).resolves.toBe('"title","nothing"\n"an ""odd""\none 🚀",\n');
  });

  test("say what is wrong", async () => {
    await expect(rowsOf("SELECT * FROM nowhere")).rejects.toThrow(
      "FAILED: TABLE_NOT_FOUND: Table 'awsdatacatalog.library.nowhere' does not exist",
    );
    await expect(rowsOf("SELECT no_such_column FROM books")).rejects.toThrow("FAILED: SYNTAX_ERROR");
    await expect(rowsOf("SELECT * FROM read_csv('/etc/passwd')")).rejects.toThrow("FAILED");
    await expect(run("SELEKT 1")).rejects.toMatchObject({ name: "InvalidRequestException" });
    await expect(run("SELECT 1; SELECT 2")).rejects.toThrow("Only one query at a time");
    await expect(run("INSERT INTO books VALUES (1)")).rejects.toThrow("begins with SELECT or WITH");
    await expect(run("SELECT 1", { WorkGroup: "unknown" })).rejects.toThrow(
      "WorkGroup unknown is not found.",
    );
  });

  test("are never made up", async () => {
    const answer = await fetch(`${aws.endpoint}/_ministack/config`, {
      method: "POST",
      body: JSON.stringify({ "athena.ATHENA_ENGINE": "mock" }),
    });

    expect(answer.status).toBe(400);
    await expect(answer.text()).resolves.toContain("never makes rows up");
  });

  test("read and write what their caller may", async () => {
    const athenaArn = `arn:aws:athena:ca-central-1:${ACCOUNT}:workgroup/queries`;
    const glueArn = `arn:aws:glue:ca-central-1:${ACCOUNT}`;
    const queries = {
      Effect: "Allow",
      Action: ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"],
      Resource: athenaArn,
    };
    const tables = [`${glueArn}:catalog`, `${glueArn}:database/library`, `${glueArn}:table/library/*`];
    const catalogue = { Effect: "Allow", Action: "glue:GetTable", Resource: tables };
    const list = { Effect: "Allow", Action: "s3:ListBucket", Resource: `arn:aws:s3:::${Bucket}` };
    const read = { Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::${Bucket}/*` };
    const results = { Effect: "Allow", Action: "s3:PutObject", Resource: `arn:aws:s3:::${Bucket}/results/*` };
    const as = async (name: string, ...statements: object[]) => ({
      client: new AthenaClient({
        ...clientSettings(aws),
        credentials: await createUser(aws, name, ...statements),
      }),
    });

    await expect(
      rowsOf("SELECT count(*) FROM current", await as("analyst", queries, catalogue, list, read, results)),
    ).resolves.toMatchObject({ rows: [["3"]] });
    const count = "SELECT count(*) FROM current";
    await expect(rowsOf(count, await as("without-catalogue", queries, list, read, results))).rejects.toThrow(
      "glue:GetTable",
    );
    await expect(rowsOf(count, await as("without-data", queries, catalogue, list, results))).rejects.toThrow(
      "Access denied",
    );
    await expect(rowsOf(count, await as("without-results", queries, catalogue, list, read))).rejects.toThrow(
      "Access denied",
    );
    await expect(
      run(count, await as("without-workgroup", catalogue, list, read, results)),
    ).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
  });

  describe("without the correction", () => {
    test("know no views", async () => {
      const asShipped = await startEmbeddedAws({ without: ["athena-queries"] });
      try {
        const shipped = await libraryIn(asShipped);
        await shipped.athena.send(
          new CreateWorkGroupCommand({
            Name: "queries",
            Configuration: { ResultConfiguration: { OutputLocation } },
          }),
        );

        await expect(rowsOf("SELECT title FROM current", { client: shipped.athena })).rejects.toThrow(
          "FAILED",
        );
      } finally {
        await asShipped.stop();
      }
    });
  });
});
