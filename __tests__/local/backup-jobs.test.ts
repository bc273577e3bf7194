import {
  BackupClient,
  DeleteBackupVaultCommand,
  DeleteRecoveryPointCommand,
  DescribeBackupJobCommand,
  DescribeBackupVaultCommand,
  DescribeProtectedResourceCommand,
  DescribeRecoveryPointCommand,
  ListBackupJobsCommand,
  ListRecoveryPointsByBackupVaultCommand,
  ListRecoveryPointsByResourceCommand,
  ListTagsCommand,
  PutBackupVaultLockConfigurationCommand,
  StartBackupJobCommand,
  StopBackupJobCommand,
  UpdateRecoveryPointLifecycleCommand,
  UpdateRegionSettingsCommand,
} from "@aws-sdk/client-backup";
import {
  CreateTableCommand,
  DescribeBackupCommand,
  DynamoDBClient,
  ListBackupsCommand,
  TagResourceCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { evaluateBackups } from "../../local/embedded-aws/backups.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { tableInput } from "../../local/table-input.ts";
import {
  backUp,
  BACKUP_ACTIONS,
  createBackupRole,
  createVault,
  roleArn,
  tableArn,
} from "../support/backups.ts";
import { createFunctionRole } from "../support/identities.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";

const DAY = 86_400_000;
const ResourceArn = tableArn("messages");

describeWith(["python"], "backup jobs in the embedded AWS", () => {
  let aws: EmbeddedAws;
  let asShipped: EmbeddedAws;
  let backup: BackupClient;
  let role: string;

  beforeAll(async () => {
    [aws, asShipped] = await Promise.all([
      startEmbeddedAws(),
      startEmbeddedAws({ without: ["backup-jobs", "recovery-points"] }),
    ]);
    backup = new BackupClient(clientSettings(aws));
    role = await createBackupRole(aws, "backup", BACKUP_ACTIONS);
    const { client } = await createMessagesTable(aws, "messages");
    await client.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: "environment", Value: "dev" }] }));
  });
  afterAll(async () => {
    await aws.stop();
    await asShipped.stop();
  });

  /** Makes a vault with a recovery point that is kept for these days. */
  async function backedUp(BackupVaultName: string, DeleteAfterDays: number) {
    await createVault(backup, BackupVaultName);
    const Lifecycle = { DeleteAfterDays };
    const job = await backUp(backup, { BackupVaultName, ResourceArn, IamRoleArn: role, Lifecycle });
    return { BackupVaultName, RecoveryPointArn: job.RecoveryPointArn ?? "" };
  }
  const isThere = (of: { BackupVaultName: string; RecoveryPointArn: string }) =>
    backup.send(new DescribeRecoveryPointCommand(of)).then(
      () => true,
      () => false,
    );

  test("a job makes a recovery point, with lifecycle, key and tags, and is listed", async () => {
    await createVault(backup, "kept");
    const input = {
      BackupVaultName: "kept",
      ResourceArn,
      IamRoleArn: role,
      Lifecycle: { MoveToColdStorageAfterDays: 30, DeleteAfterDays: 120 },
      RecoveryPointTags: { made: "by hand" },
    };
    const started = await backup.send(new StartBackupJobCommand(input));
    expect(started.RecoveryPointArn).toMatch(
      new RegExp(`^arn:aws:backup:ca-central-1:${ACCOUNT}:recovery-point:[0-9a-f-]{36}$`),
    );
    const { BackupJobId, RecoveryPointArn } = started;
    const first = await backup.send(new DescribeBackupJobCommand({ BackupJobId }));
    expect(["CREATED", "RUNNING"]).toContain(first.State);
    const job = await backUp(backup, { ...input, IdempotencyToken: "again" });
    expect(await backUp(backup, { ...input, IdempotencyToken: "again" })).toMatchObject({
      BackupJobId: job.BackupJobId,
    });
    expect(job).toMatchObject({ State: "COMPLETED", PercentDone: "100.0", ResourceType: "DynamoDB" });
    const listed = await backup.send(
      new ListBackupJobsCommand({ ByBackupVaultName: "kept", ByState: "COMPLETED" }),
    );
    expect(listed.BackupJobs?.map((listedJob) => listedJob.BackupJobId)).toEqual([
      job.BackupJobId,
      BackupJobId,
    ]);

    const point = await backup.send(
      new DescribeRecoveryPointCommand({ BackupVaultName: "kept", RecoveryPointArn }),
    );
    const vault = await backup.send(new DescribeBackupVaultCommand({ BackupVaultName: "kept" }));
    expect(point).toMatchObject({
      Status: "COMPLETED",
      ResourceArn,
      IamRoleArn: role,
      StorageClass: "WARM",
      EncryptionKeyArn: vault.EncryptionKeyArn,
      Lifecycle: input.Lifecycle,
    });
    const { DeleteAt, MoveToColdStorageAt } = point.CalculatedLifecycle ?? {};
    const days = [MoveToColdStorageAt, DeleteAt].map((at) => (Number(at) - Number(point.CreationDate)) / DAY);
    expect(days).toEqual([30, 120]);
    expect((await backup.send(new ListTagsCommand({ ResourceArn: RecoveryPointArn }))).Tags).toEqual({
      environment: "dev",
      made: "by hand",
    });
    const inVault = await backup.send(
      new ListRecoveryPointsByBackupVaultCommand({ BackupVaultName: "kept" }),
    );
    const ofTable = await backup.send(new ListRecoveryPointsByResourceCommand({ ResourceArn }));
    for (const { RecoveryPoints } of [inVault, ofTable])
      expect(RecoveryPoints?.map((listedPoint) => listedPoint.RecoveryPointArn)).toEqual(
        expect.arrayContaining([RecoveryPointArn, job.RecoveryPointArn]),
      );
    expect(vault.NumberOfRecoveryPoints).toBe(2);
    const protectedTable = await backup.send(new DescribeProtectedResourceCommand({ ResourceArn }));
    expect(protectedTable.LastRecoveryPointArn).toBe(job.RecoveryPointArn);
  });

  test("without the advanced features, the backup is DynamoDB's own", async () => {
    const elsewhere = { ...clientSettings(aws), region: "us-west-2" };
    const backups = new BackupClient(elsewhere);
    const arn = ResourceArn.replace("ca-central-1", "us-west-2");
    await createVault(backups, "unmanaged");
    await backups.send(
      new UpdateRegionSettingsCommand({ ResourceTypeManagementPreference: { DynamoDB: false } }),
    );
    await new DynamoDBClient(elsewhere).send(new CreateTableCommand(tableInput("messages", "messages")));
    const job = await backUp(backups, { BackupVaultName: "unmanaged", ResourceArn: arn, IamRoleArn: role });
    expect(job.RecoveryPointArn).toMatch(`${arn}/backup/`);
    const { BackupDescription } = await new DynamoDBClient(elsewhere).send(
      new DescribeBackupCommand({ BackupArn: job.RecoveryPointArn }),
    );
    expect(BackupDescription?.BackupDetails?.BackupType).toBe("AWS_BACKUP");
    const listed = async (BackupType: "AWS_BACKUP" | "ALL") =>
      (await new DynamoDBClient(elsewhere).send(new ListBackupsCommand({ BackupType }))).BackupSummaries;
    expect(await listed("AWS_BACKUP")).toHaveLength(1);
    expect(await listed("ALL")).toEqual([]);
  });

  test.each([
    ["dynamodb:StartAwsBackupJob", "StartAwsBackupJob"],
    ["dynamodb:DescribeTable", "DescribeTable"],
  ])("without %s, the job fails and says so", async (action, name) => {
    const rest = BACKUP_ACTIONS.filter((allowed) => allowed !== action);
    const IamRoleArn = await createBackupRole(aws, `without-${name}`, rest);
    await createVault(backup, `without-${name}`);
    const job = await backUp(backup, { BackupVaultName: `without-${name}`, ResourceArn, IamRoleArn });
    expect(job).toMatchObject({
      State: "FAILED",
      StatusMessage: `IAM Role does not have sufficient permissions to execute the backup (${action})`,
    });
  });

  test("a role that isn't there or isn't for AWS Backup is refused, and so is a too short time in cold storage", async () => {
    await createVault(backup, "refused");
    await createFunctionRole(aws, ACCOUNT, "of-a-function", BACKUP_ACTIONS);
    const input = { BackupVaultName: "refused", ResourceArn };
    for (const IamRoleArn of [roleArn("absent"), roleArn("of-a-function"), "no-arn"])
      await expect(backup.send(new StartBackupJobCommand({ ...input, IamRoleArn }))).rejects.toMatchObject({
        name: "InvalidParameterValueException",
        message: expect.stringContaining("cannot be assumed by AWS Backup"),
      });
    const Lifecycle = { MoveToColdStorageAfterDays: 30, DeleteAfterDays: 119 };
    await expect(
      backup.send(new StartBackupJobCommand({ ...input, IamRoleArn: role, Lifecycle })),
    ).rejects.toMatchObject({ name: "InvalidParameterValueException" });
  });

  test("a job that is stopped makes no recovery point", async () => {
    await createVault(backup, "stopped");
    const input = { BackupVaultName: "stopped", ResourceArn, IamRoleArn: role };
    const { BackupJobId } = await backup.send(new StartBackupJobCommand(input));
    await backup.send(new StopBackupJobCommand({ BackupJobId }));
    await backedUp("later", 1);
    const job = await backup.send(new DescribeBackupJobCommand({ BackupJobId }));
    const vault = await backup.send(new DescribeBackupVaultCommand({ BackupVaultName: "stopped" }));
    expect([job.State, vault.NumberOfRecoveryPoints]).toEqual(["ABORTED", 0]);
  });

  test("a vault is deleted only once its recovery points are", async () => {
    const of = await backedUp("emptied", 1);
    const remove = () => backup.send(new DeleteBackupVaultCommand(of));
    await expect(remove()).rejects.toMatchObject({ name: "InvalidRequestException" });
    await backup.send(new DeleteRecoveryPointCommand(of));
    await remove();
  });

  test("in a locked vault, no recovery point can be deleted or changed, and other retentions fail", async () => {
    const of = await backedUp("locked", 7);
    const { BackupVaultName } = of;
    const lock = { BackupVaultName, MinRetentionDays: 7, MaxRetentionDays: 30 };
    await backup.send(new PutBackupVaultLockConfigurationCommand(lock));
    const shorter = { ...of, Lifecycle: { DeleteAfterDays: 1 } };
    const locked = { name: "InvalidRequestException", message: expect.stringContaining("is locked") };
    await expect(backup.send(new DeleteRecoveryPointCommand(of))).rejects.toMatchObject(locked);
    await expect(backup.send(new UpdateRecoveryPointLifecycleCommand(shorter))).rejects.toMatchObject(locked);
    await expect(backup.send(new DeleteBackupVaultCommand(of))).rejects.toMatchObject({
      name: "InvalidRequestException",
    });
    for (const [days, State] of [
      [6, "FAILED"],
      [7, "COMPLETED"],
      [31, "FAILED"],
      [undefined, "FAILED"],
    ] as const) {
      const Lifecycle = { DeleteAfterDays: days };
      const job = await backUp(backup, { BackupVaultName, ResourceArn, IamRoleArn: role, Lifecycle });
      expect([days, job.State]).toEqual([days, State]);
    }
  });

  test("a lifecycle can be changed, and a recovery point moves to cold storage and is deleted at its time", async () => {
    const of = await backedUp("passing", 7);
    const Lifecycle = { MoveToColdStorageAfterDays: 1, DeleteAfterDays: 91 };
    await backup.send(new UpdateRecoveryPointLifecycleCommand({ ...of, Lifecycle }));
    await evaluateBackups(aws, { account: ACCOUNT, at: new Date(Date.now() + 2 * DAY) });
    expect((await backup.send(new DescribeRecoveryPointCommand(of))).StorageClass).toBe("COLD");
    await evaluateBackups(aws, { account: ACCOUNT, at: new Date(Date.now() + 92 * DAY) });
    expect(await isThere(of)).toBe(false);
  });

  test("as shipped, a job makes no recovery point", async () => {
    const shipped = new BackupClient(clientSettings(asShipped));
    await createVault(shipped, "shipped");
    const job = await backUp(shipped, { BackupVaultName: "shipped", ResourceArn, IamRoleArn: role });
    expect(job.State).toBe("COMPLETED");
    const { RecoveryPoints } = await shipped.send(
      new ListRecoveryPointsByBackupVaultCommand({ BackupVaultName: "shipped" }),
    );
    expect(RecoveryPoints).toEqual([]);
  });
});
