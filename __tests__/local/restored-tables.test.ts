import {
  CreateBackupCommand,
  DeleteTableCommand,
  DescribeContributorInsightsCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  RestoreTableFromBackupCommand,
  type RestoreTableToPointInTimeCommandInput,
  UpdateContributorInsightsCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { createUser } from "../support/identities.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { putText, restored, setRecovery, toTime } from "../support/table-restores.ts";

const INDEX = "message-group-sk-index";
const key = (digit: number) =>
  `arn:aws:kms:ca-central-1:${ACCOUNT}:key/${digit}0000000-0000-4000-8000-000000000000`;
const encryption = (digit: number) => ({
  Enabled: true,
  SSEType: "KMS" as const,
  KMSMasterKeyId: key(digit),
});
const units = (ReadCapacityUnits: number, WriteCapacityUnits: number) => ({
  ReadCapacityUnits,
  WriteCapacityUnits,
});
const maxima = (MaxReadRequestUnits: number, MaxWriteRequestUnits: number) => ({
  MaxReadRequestUnits,
  MaxWriteRequestUnits,
});

describeWith(["python"], "a restored table", () => {
  let aws: EmbeddedAws;
  let asShipped: EmbeddedAws;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    asShipped = await startEmbeddedAws({ without: ["restored-tables", "restore-permissions"] });
  });
  afterAll(async () => {
    await aws.stop();
    await asShipped.stop();
  });

  const tableOf = async (client: DynamoDBClient, TableName: string) =>
    (await client.send(new DescribeTableCommand({ TableName }))).Table ?? {};

  /** Creates a table in on-demand mode with maxima and a key of the account, and with recovery. */
  async function createSource(embedded: EmbeddedAws, TableName: string) {
    const { client, table } = await createMessagesTable(embedded, TableName);
    const change = (settings: Partial<UpdateTableCommandInput>) =>
      client.send(new UpdateTableCommand({ TableName, ...settings }));
    await change({ SSESpecification: encryption(1), OnDemandThroughput: maxima(10, 20) });
    await setRecovery(client, TableName, true);
    const backUp = new CreateBackupCommand({ TableName, BackupName: "whole" });
    const { BackupDetails } = await client.send(backUp);
    return { client, documents: table.client, change, BackupArn: BackupDetails?.BackupArn };
  }

  test("is being created for a while, and nobody can use it meanwhile", async () => {
    const { client, documents } = await createSource(aws, "source");
    await client.send(toTime("source", "copy"));
    expect(await tableOf(client, "copy")).toMatchObject({
      TableStatus: "CREATING",
      RestoreSummary: { RestoreInProgress: true },
    });
    const TableName = "copy";
    for (const [name, refused] of [
      ["ResourceNotFoundException", putText(documents, "copy", "one", "1")],
      [
        "ResourceNotFoundException",
        client.send(new ExecuteStatementCommand({ Statement: 'SELECT * FROM "copy"' })),
      ],
      ["ResourceInUseException", client.send(new DeleteTableCommand({ TableName }))],
      ["ContinuousBackupsUnavailableException", setRecovery(client, "copy", true)],
      ["TableInUseException", client.send(new CreateBackupCommand({ TableName, BackupName: "early" }))],
      ["TableAlreadyExistsException", client.send(toTime("source", "copy"))],
    ] as const)
      await expect(refused).rejects.toMatchObject({ name });

    await restored(client, "copy");
    await putText(documents, "copy", "one", "1");
    const { RestoreSummary, TableStatus } = await tableOf(client, "copy");
    expect(TableStatus).toBe("ACTIVE");
    expect(RestoreSummary).toMatchObject({
      RestoreInProgress: false,
      SourceTableArn: (await tableOf(client, "source")).TableArn,
    });
  });

  test("has the keys, the indexes, the capacity and the encryption of its source, and nothing else", async () => {
    const { client, change, BackupArn } = await createSource(aws, "whole");
    await change({ DeletionProtectionEnabled: true });
    await client.send(toTime("whole", "whole-in-time"));
    await client.send(new RestoreTableFromBackupCommand({ BackupArn, TargetTableName: "whole-from-backup" }));
    const source = await tableOf(client, "whole");
    for (const name of ["whole-in-time", "whole-from-backup"]) {
      const copy = await tableOf(client, name);
      expect(copy).toMatchObject({
        KeySchema: source.KeySchema,
        GlobalSecondaryIndexes: [{ IndexName: INDEX }],
        BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" },
        OnDemandThroughput: maxima(10, 20),
        SSEDescription: { KMSMasterKeyArn: key(1) },
        DeletionProtectionEnabled: false,
      });
      expect(copy.StreamSpecification).toBeUndefined();
    }
  });

  test("has no contributor insights, even under the name of a deleted table that had", async () => {
    const { client, BackupArn } = await createSource(aws, "with-insights");
    const TableName = "with-insights";
    const insights = { TableName, ContributorInsightsAction: "ENABLE" as const };
    for (const IndexName of [undefined, INDEX])
      await client.send(new UpdateContributorInsightsCommand({ ...insights, IndexName }));
    await client.send(new DeleteTableCommand({ TableName }));
    await client.send(new RestoreTableFromBackupCommand({ BackupArn, TargetTableName: TableName }));
    for (const IndexName of [undefined, INDEX]) {
      const command = new DescribeContributorInsightsCommand({ TableName, IndexName });
      expect((await client.send(command)).ContributorInsightsStatus).toBe("DISABLED");
    }
  });

  test.each<[string, Partial<RestoreTableToPointInTimeCommandInput>, object]>([
    [
      "another key",
      { SSESpecificationOverride: encryption(2) },
      { SSEDescription: { KMSMasterKeyArn: key(2) } },
    ],
    [
      "no key of the account",
      { SSESpecificationOverride: { Enabled: false } },
      { SSEDescription: undefined },
    ],
    ["other maxima", { OnDemandThroughputOverride: maxima(3, 4) }, { OnDemandThroughput: maxima(3, 4) }],
    ["no index", { GlobalSecondaryIndexOverride: [] }, { GlobalSecondaryIndexes: undefined }],
    [
      "another billing mode",
      {
        BillingModeOverride: "PROVISIONED",
        ProvisionedThroughputOverride: units(5, 6),
        GlobalSecondaryIndexOverride: [],
      },
      { ProvisionedThroughput: units(5, 6), OnDemandThroughput: undefined },
    ],
  ])("can have %s", async (what, overrides, expected) => {
    const name = `source-of-${what.replaceAll(" ", "-")}`;
    const { client } = await createSource(aws, name);
    await client.send(toTime(name, `${name}-copy`, undefined, overrides));
    const { GlobalSecondaryIndexes, OnDemandThroughput, ProvisionedThroughput, SSEDescription } =
      await tableOf(client, `${name}-copy`);
    const settings = { GlobalSecondaryIndexes, OnDemandThroughput, ProvisionedThroughput, SSEDescription };
    expect(settings).toMatchObject(expected);
  });

  test("needs capacity in provisioned mode, and has no index that its source doesn't have", async () => {
    const { client } = await createSource(aws, "on-demand");
    const attempt = (overrides: Partial<RestoreTableToPointInTimeCommandInput>) =>
      client.send(toTime("on-demand", "refused", undefined, overrides));
    const provisioned = { BillingModeOverride: "PROVISIONED" as const };
    await expect(attempt(provisioned)).rejects.toThrow("must be specified for table: refused");
    await expect(attempt({ ...provisioned, ProvisionedThroughputOverride: units(1, 1) })).rejects.toThrow(
      `must be specified for index: ${INDEX}`,
    );
    const { GlobalSecondaryIndexes: [index] = [] } = await tableOf(client, "on-demand");
    const { KeySchema, Projection } = index ?? {};
    const added = { IndexName: "added", KeySchema, Projection };
    await expect(attempt({ GlobalSecondaryIndexOverride: [added] })).rejects.toThrow("doesn't have: added");
  });

  test("may be made only by who may restore its source, and read and write it", async () => {
    const { BackupArn = "" } = await createSource(aws, "somebodys");
    const arn = (table: string) => `arn:aws:dynamodb:ca-central-1:${ACCOUNT}:table/${table}`;
    const actions = ["BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"];
    const may = (Resource: string, ...given: readonly string[]) => ({
      Effect: "Allow",
      Action: given.map((action) => `dynamodb:${action}`),
      Resource,
    });
    const as = async (user: string, ...statements: object[]) =>
      new DynamoDBClient({ ...clientSettings(aws), credentials: await createUser(aws, user, ...statements) });
    const inTime = may(arn("somebodys"), "RestoreTableToPointInTime");
    const fromBackup = may(BackupArn, "RestoreTableFromBackup");
    const onCopies = may(arn("copy-*"), ...actions);

    const neither = await as("neither", onCopies);
    const less = await as("less", inTime, fromBackup, may(arn("copy-*"), ...actions.slice(1)));
    const both = await as("both", inTime, fromBackup, onCopies);
    const copyInTime = () => toTime("somebodys", "copy-in-time");
    const copyFromBackup = () =>
      new RestoreTableFromBackupCommand({ BackupArn, TargetTableName: "copy-from-backup" });
    await expect(neither.send(copyInTime())).rejects.toThrow("not authorized");
    await expect(neither.send(copyFromBackup())).rejects.toThrow("not authorized");
    const refusal = "not authorized to perform: dynamodb:BatchWriteItem";
    await expect(less.send(copyInTime())).rejects.toThrow(refusal);
    await expect(less.send(copyFromBackup())).rejects.toThrow(refusal);
    await both.send(copyInTime());
    await both.send(copyFromBackup());
  });

  test("is corrected: in ministack, it is there at once, for who may not write it, without maxima and key", async () => {
    const { client, BackupArn } = await createSource(asShipped, "shipped");
    const command = new RestoreTableFromBackupCommand({ BackupArn, TargetTableName: "shipped-copy" });
    const Resource = [BackupArn, `arn:aws:dynamodb:ca-central-1:${ACCOUNT}:table/shipped-copy`];
    const allowed = { Effect: "Allow", Action: "dynamodb:RestoreTableFromBackup", Resource };
    const credentials = await createUser(asShipped, "restoring", allowed);
    await new DynamoDBClient({ ...clientSettings(asShipped), credentials }).send(command);
    const copy = await tableOf(client, "shipped-copy");
    expect(copy.TableStatus).toBe("ACTIVE");
    expect([copy.RestoreSummary, copy.OnDemandThroughput, copy.SSEDescription]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
