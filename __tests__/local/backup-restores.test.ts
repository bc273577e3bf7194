import {
  BackupClient,
  DescribeBackupVaultCommand,
  DescribeRecoveryPointCommand,
  DescribeRestoreJobCommand,
  type DescribeRestoreJobCommandOutput,
  ListRestoreJobsCommand,
  StartRestoreJobCommand,
  type StartRestoreJobInput,
  UpdateRegionSettingsCommand,
} from "@aws-sdk/client-backup";
import {
  DeleteTableCommand,
  DescribeTableCommand,
  CreateTableCommand,
  type DynamoDBClient,
  ListTagsOfResourceCommand,
  TagResourceCommand,
} from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { tableInput } from "../../local/table-input.ts";
import {
  backUp,
  BACKUP_ACTIONS,
  createBackupRole,
  createVault,
  RESTORE_ACTIONS,
  tableArn,
} from "../support/backups.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { until } from "../support/until.ts";

const ResourceArn = tableArn("messages");
const BackupVaultName = "vault";

describeWith(["python"], "restores by AWS Backup in the embedded AWS", () => {
  let aws: EmbeddedAws;
  let backup: BackupClient;
  let dynamodb: DynamoDBClient;
  let documents: DynamoDBDocumentClient;
  let IamRoleArn: string;
  let RecoveryPointArn: string;

  const put = (text: string) =>
    documents.send(new PutCommand({ TableName: "messages", Item: { pk: "MSG#1", sk: text, message: text } }));
  const itemsOf = async (TableName: string) => (await documents.send(new ScanCommand({ TableName }))).Items;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    backup = new BackupClient(clientSettings(aws));
    IamRoleArn = await createBackupRole(aws, "backup", [...BACKUP_ACTIONS, ...RESTORE_ACTIONS]);
    const created = await createMessagesTable(aws, "messages");
    dynamodb = created.client;
    documents = created.table.client;
    await createVault(backup, BackupVaultName);
    await dynamodb.send(
      new TagResourceCommand({ ResourceArn, Tags: [{ Key: "environment", Value: "dev" }] }),
    );
    await put("before");
    RecoveryPointArn =
      (await backUp(backup, { BackupVaultName, ResourceArn, IamRoleArn })).RecoveryPointArn ?? "";
    await put("after");
  });
  afterAll(() => aws.stop());

  async function restore(input: Partial<StartRestoreJobInput> & Pick<StartRestoreJobInput, "Metadata">) {
    const started = await backup.send(new StartRestoreJobCommand({ RecoveryPointArn, IamRoleArn, ...input }));
    let job: Partial<DescribeRestoreJobCommandOutput> = {};
    await until(async () => {
      job = await backup.send(new DescribeRestoreJobCommand({ RestoreJobId: started.RestoreJobId }));
      return !["PENDING", "RUNNING"].includes(job.Status ?? "");
    });
    return job;
  }

  test("a restore makes a table as it was when it was backed up", async () => {
    const job = await restore({
      Metadata: { TargetTableName: "beside" },
      CopySourceTagsToRestoredResource: true,
    });
    expect(job).toMatchObject({
      Status: "COMPLETED",
      CreatedResourceArn: tableArn("beside"),
      SourceResourceArn: ResourceArn,
      RecoveryPointArn,
    });
    expect(await itemsOf("beside")).toEqual([{ pk: "MSG#1", sk: "before", message: "before" }]);
    expect(await itemsOf("messages")).toHaveLength(2);
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: "beside" }));
    expect(Table).toMatchObject({
      TableStatus: "ACTIVE",
      RestoreSummary: {
        SourceBackupArn: RecoveryPointArn,
        SourceTableArn: ResourceArn,
        RestoreInProgress: false,
      },
    });
    expect([Table?.GlobalSecondaryIndexes?.length, Table?.SSEDescription]).toEqual([1, undefined]);
    const { Tags } = await dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn: tableArn("beside") }));
    expect(Tags).toEqual([{ Key: "environment", Value: "dev" }]);
    const point = await backup.send(new DescribeRecoveryPointCommand({ BackupVaultName, RecoveryPointArn }));
    expect(point.LastRestoreTime).toBeInstanceOf(Date);
    const { RestoreJobs } = await backup.send(new ListRestoreJobsCommand({ ByStatus: "COMPLETED" }));
    expect(RestoreJobs?.map(({ RestoreJobId }) => RestoreJobId)).toEqual([job.RestoreJobId]);
  });

  test("a restored table has the key that the metadata name", async () => {
    const vault = await backup.send(new DescribeBackupVaultCommand({ BackupVaultName }));
    const kmsMasterKeyArn = vault.EncryptionKeyArn ?? "";
    await restore({ Metadata: { targetTableName: "own-key", encryptionType: "KMS", kmsMasterKeyArn } });
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: "own-key" }));
    expect(Table?.SSEDescription?.KMSMasterKeyArn).toBe(kmsMasterKeyArn);
  });

  test("a restored table has the key of its source, unless the metadata name another", async () => {
    const vault = await backup.send(new DescribeBackupVaultCommand({ BackupVaultName }));
    const KMSMasterKeyId = vault.EncryptionKeyArn;
    await dynamodb.send(
      new CreateTableCommand({
        ...tableInput("messages", "encrypted"),
        SSESpecification: { Enabled: true, SSEType: "KMS", KMSMasterKeyId },
      }),
    );
    const encrypted = { BackupVaultName, ResourceArn: tableArn("encrypted") };
    const role = await createBackupRole(aws, "without-key", [
      "dynamodb:DescribeTable",
      "dynamodb:StartAwsBackupJob",
    ]);
    expect(await backUp(backup, { ...encrypted, IamRoleArn: role })).toMatchObject({
      State: "FAILED",
      StatusMessage: expect.stringContaining("(kms:Decrypt, kms:GenerateDataKey)"),
    });
    const job = await backUp(backup, { ...encrypted, IamRoleArn });
    const keyOf = async (targetTableName: string, encryption: Record<string, string>) => {
      await restore({ RecoveryPointArn: job.RecoveryPointArn, Metadata: { targetTableName, ...encryption } });
      const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: targetTableName }));
      return Table?.SSEDescription?.KMSMasterKeyArn;
    };
    expect(await keyOf("same-key", {})).toBe(KMSMasterKeyId);
    expect(await keyOf("owned-key", { encryptionType: "Default" })).toBeUndefined();
  });

  test("a table that is gone is restored under its own name, from DynamoDB's own backup too", async () => {
    const settings = { ResourceTypeManagementPreference: { DynamoDB: false } };
    await backup.send(new UpdateRegionSettingsCommand(settings));
    await createMessagesTable(aws, "gone");
    const job = await backUp(backup, { BackupVaultName, ResourceArn: tableArn("gone"), IamRoleArn });
    await backup.send(
      new UpdateRegionSettingsCommand({ ResourceTypeManagementPreference: { DynamoDB: true } }),
    );
    await dynamodb.send(new DeleteTableCommand({ TableName: "gone" }));
    const restored = await restore({
      RecoveryPointArn: job.RecoveryPointArn,
      Metadata: { targetTableName: "gone" },
    });
    expect([job.RecoveryPointArn?.split(":")[2], restored.Status]).toEqual(["dynamodb", "COMPLETED"]);
  });

  test.each(["dynamodb:RestoreTableFromAwsBackup", "dynamodb:PutItem"])(
    "without %s, the job fails and makes no table",
    async (action) => {
      const name = action.split(":")[1] ?? "";
      const rest = RESTORE_ACTIONS.filter((allowed) => allowed !== action);
      const role = await createBackupRole(aws, `without-${name}`, rest);
      expect(await restore({ IamRoleArn: role, Metadata: { targetTableName: name } })).toMatchObject({
        Status: "FAILED",
        StatusMessage: `IAM Role does not have sufficient permissions to execute the restore (${action})`,
      });
      await expect(dynamodb.send(new DescribeTableCommand({ TableName: name }))).rejects.toThrow("not found");
    },
  );

  test("a restore over a table fails", async () => {
    expect(await restore({ Metadata: { targetTableName: "messages" } })).toMatchObject({
      Status: "FAILED",
      StatusMessage: "Table already exists: messages",
    });
  });

  test("a restore without a name for the table, or from what isn't there, is refused", async () => {
    await expect(restore({ Metadata: { encryptionType: "Default" } })).rejects.toThrow(
      "must have targetTableName",
    );
    const absent = `arn:aws:backup:ca-central-1:${ACCOUNT}:recovery-point:absent`;
    await expect(
      restore({ RecoveryPointArn: absent, Metadata: { targetTableName: "absent" } }),
    ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("as shipped, nothing can be restored", async () => {
    const asShipped = await startEmbeddedAws({ without: ["backup-restores"] });
    const shipped = new BackupClient(clientSettings(asShipped));
    await expect(
      shipped.send(
        new StartRestoreJobCommand({ RecoveryPointArn, Metadata: { targetTableName: "restored" } }),
      ),
    ).rejects.toThrow("No route for PUT");
    await asShipped.stop();
  });
});
