import {
  BackupClient,
  type CopyJob,
  DeleteBackupVaultAccessPolicyCommand,
  DescribeCopyJobCommand,
  DescribeRecoveryPointCommand,
  ListCopyJobsCommand,
  ListTagsCommand,
  PutBackupVaultAccessPolicyCommand,
  PutBackupVaultLockConfigurationCommand,
  StartCopyJobCommand,
  type StartCopyJobInput,
  StartRestoreJobCommand,
  UpdateRegionSettingsCommand,
} from "@aws-sdk/client-backup";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import {
  backUp,
  BACKUP_ACTIONS,
  COPY_ACTIONS,
  createBackupRole,
  createVault,
  RESTORE_ACTIONS,
  tableArn,
} from "../support/backups.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { until } from "../support/until.ts";

const ResourceArn = tableArn("messages");
const OTHER_ACCOUNT = "222222222222";
const vaultArn = (name: string, { region = "us-west-2", account = ACCOUNT } = {}) =>
  `arn:aws:backup:${region}:${account}:backup-vault:${name}`;
const copyIntoVault = (Effect: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect,
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: "backup:CopyIntoBackupVault",
        Resource: "*",
      },
    ],
  });

describeWith(["python"], "copies by AWS Backup in the embedded AWS", () => {
  let aws: EmbeddedAws;
  let backup: BackupClient;
  let west: BackupClient;
  let other: BackupClient;
  let IamRoleArn: string;
  let RecoveryPointArn: string;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    backup = new BackupClient(clientSettings(aws));
    west = new BackupClient({ ...clientSettings(aws), region: "us-west-2" });
    other = new BackupClient(clientSettings(aws, OTHER_ACCOUNT));
    IamRoleArn = await createBackupRole(aws, "backup", [
      ...BACKUP_ACTIONS,
      ...COPY_ACTIONS,
      ...RESTORE_ACTIONS,
    ]);
    const { table } = await createMessagesTable(aws, "messages");
    await table.client.send(new PutCommand({ TableName: "messages", Item: { pk: "MSG#1", sk: "1" } }));
    await Promise.all([
      createVault(backup, "vault"),
      createVault(west, "vault"),
      createVault(other, "vault"),
    ]);
    const RecoveryPointTags = { environment: "dev" };
    const input = { BackupVaultName: "vault", ResourceArn, IamRoleArn, RecoveryPointTags };
    RecoveryPointArn = (await backUp(backup, input)).RecoveryPointArn ?? "";
  });
  afterAll(() => aws.stop());

  async function copy(
    DestinationBackupVaultArn: string,
    input: Partial<StartCopyJobInput> = {},
  ): Promise<CopyJob> {
    const of = { RecoveryPointArn, SourceBackupVaultName: "vault", IamRoleArn };
    const started = await backup.send(
      new StartCopyJobCommand({ ...of, DestinationBackupVaultArn, ...input }),
    );
    let job: CopyJob = {};
    await until(async () => {
      const described = await backup.send(new DescribeCopyJobCommand({ CopyJobId: started.CopyJobId }));
      job = described.CopyJob ?? {};
      return !["CREATED", "RUNNING"].includes(job.State ?? "");
    });
    return job;
  }

  test("a copy in another region has a lifecycle of its own, and a table can be restored from it there", async () => {
    const Lifecycle = { DeleteAfterDays: 35 };
    const job = await copy(vaultArn("vault"), { Lifecycle });
    expect(job).toMatchObject({ State: "COMPLETED", SourceRecoveryPointArn: RecoveryPointArn, ResourceArn });
    const copied = job.DestinationRecoveryPointArn ?? "";
    expect(copied).toContain(`arn:aws:backup:us-west-2:${ACCOUNT}:recovery-point:`);
    const of = { BackupVaultName: "vault", RecoveryPointArn: copied };
    expect(await west.send(new DescribeRecoveryPointCommand(of))).toMatchObject({
      ResourceArn,
      Lifecycle,
      SourceBackupVaultArn: vaultArn("vault", { region: "ca-central-1" }),
    });
    const { Tags } = await west.send(new ListTagsCommand({ ResourceArn: copied }));
    expect(Tags).toEqual({ environment: "dev" });
    const { CopyJobs } = await backup.send(new ListCopyJobsCommand({ ByState: "COMPLETED" }));
    expect(CopyJobs?.map(({ CopyJobId }) => CopyJobId)).toEqual([job.CopyJobId]);

    const Metadata = { targetTableName: "restored", encryptionType: "Default" };
    await west.send(new StartRestoreJobCommand({ RecoveryPointArn: copied, IamRoleArn, Metadata }));
    const documents = DynamoDBDocumentClient.from(
      new DynamoDBClient({ ...clientSettings(aws), region: "us-west-2" }),
    );
    await until(() =>
      documents.send(new ScanCommand({ TableName: "restored" })).then(
        ({ Items }) => Items?.length === 1,
        () => false,
      ),
    );
  });

  test("a vault of another account must allow the copy", async () => {
    const destination = vaultArn("vault", { account: OTHER_ACCOUNT, region: "ca-central-1" });
    expect(await copy(destination)).toMatchObject({
      State: "FAILED",
      StatusMessage: expect.stringContaining("does not allow the copy"),
    });
    const of = { BackupVaultName: "vault" };
    await other.send(new PutBackupVaultAccessPolicyCommand({ ...of, Policy: copyIntoVault("Allow") }));
    const job = await copy(destination);
    expect([job.State, job.DestinationRecoveryPointArn?.split(":")[4]]).toEqual(["COMPLETED", OTHER_ACCOUNT]);
  });

  test("the default vault of another account takes no copy", async () => {
    await createVault(other, "Default");
    const of = { BackupVaultName: "Default" };
    await other.send(new PutBackupVaultAccessPolicyCommand({ ...of, Policy: copyIntoVault("Allow") }));
    const job = await copy(vaultArn("Default", { account: OTHER_ACCOUNT, region: "ca-central-1" }));
    expect(job.State).toBe("FAILED");
  });

  test("a vault of the same account may deny the copy", async () => {
    const of = { BackupVaultName: "vault" };
    await west.send(new PutBackupVaultAccessPolicyCommand({ ...of, Policy: copyIntoVault("Deny") }));
    expect((await copy(vaultArn("vault"))).State).toBe("FAILED");
    await west.send(new DeleteBackupVaultAccessPolicyCommand(of));
  });

  test("a copy into a vault that isn't there, or with a retention that its lock refuses, fails", async () => {
    expect(await copy(vaultArn("absent"))).toMatchObject({
      State: "FAILED",
      StatusMessage: `Backup vault ${vaultArn("absent")} does not exist.`,
    });
    const BackupVaultName = "locked";
    await createVault(west, BackupVaultName);
    await west.send(new PutBackupVaultLockConfigurationCommand({ BackupVaultName, MinRetentionDays: 7 }));
    for (const [DeleteAfterDays, State] of [
      [6, "FAILED"],
      [7, "COMPLETED"],
    ] as const)
      expect((await copy(vaultArn(BackupVaultName), { Lifecycle: { DeleteAfterDays } })).State).toBe(State);
  });

  test.each(COPY_ACTIONS)("without %s, the job fails", async (action) => {
    const rest = COPY_ACTIONS.filter((allowed) => allowed !== action);
    const role = await createBackupRole(aws, action.replace(":", "-"), rest);
    expect(await copy(vaultArn("vault"), { IamRoleArn: role })).toMatchObject({
      State: "FAILED",
      StatusMessage: `IAM Role does not have sufficient permissions to execute the copy (${action})`,
    });
  });

  test("without the advanced features, a backup can't be copied", async () => {
    const preference = (DynamoDB: boolean) =>
      backup.send(new UpdateRegionSettingsCommand({ ResourceTypeManagementPreference: { DynamoDB } }));
    await preference(false);
    const own = await backUp(backup, { BackupVaultName: "vault", ResourceArn, IamRoleArn });
    await preference(true);
    const job = await copy(vaultArn("vault"), { RecoveryPointArn: own.RecoveryPointArn });
    expect(job).toMatchObject({
      State: "FAILED",
      StatusMessage: expect.stringContaining("advanced features"),
    });
  });

  test("as shipped, nothing can be copied", async () => {
    const asShipped = await startEmbeddedAws({ without: ["backup-copies"] });
    const shipped = new BackupClient(clientSettings(asShipped));
    const of = { RecoveryPointArn, SourceBackupVaultName: "vault", IamRoleArn };
    await expect(
      shipped.send(new StartCopyJobCommand({ ...of, DestinationBackupVaultArn: vaultArn("vault") })),
    ).rejects.toThrow("No route for PUT");
    await asShipped.stop();
  });
});
