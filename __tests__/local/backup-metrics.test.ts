import {
  BackupClient,
  StartBackupJobCommand,
  StartCopyJobCommand,
  StopBackupJobCommand,
} from "@aws-sdk/client-backup";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { backUp, BACKUP_ACTIONS, createBackupRole, createVault, tableArn } from "../support/backups.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { metricsIn } from "../support/metrics.ts";
import { describeWith } from "../support/requirements.ts";
import { until } from "../support/until.ts";

const ResourceArn = tableArn("messages");
const BackupVaultName = "vault";
const byVault = { BackupVaultName };
const byVaultAndType = { BackupVaultName, ResourceType: "DynamoDB" };

describeWith(["python"], "the metrics of AWS Backup in the embedded AWS", () => {
  let aws: EmbeddedAws;
  let backup: BackupClient;
  let IamRoleArn: string;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    backup = new BackupClient(clientSettings(aws));
    IamRoleArn = await createBackupRole(aws, "backup", BACKUP_ACTIONS);
    await createMessagesTable(aws, "messages");
    await createVault(backup, BackupVaultName);
  });
  afterAll(() => aws.stop());

  test("backup jobs are counted by state, vault and type of resource", async () => {
    const input = { BackupVaultName, ResourceArn, IamRoleArn };
    await backUp(backup, input);
    await backUp(backup, input);
    await backUp(backup, { ...input, IamRoleArn: await createBackupRole(aws, "without", []) });
    const { BackupJobId } = await backup.send(new StartBackupJobCommand(input));
    await backup.send(new StopBackupJobCommand({ BackupJobId }));
    const { read } = metricsIn(aws, "AWS/Backup");
    await until(async () => (await read("NumberOfBackupJobsAborted", byVault)) === 1);
    for (const dimensions of [byVault, byVaultAndType])
      expect(
        await Promise.all(
          ["Created", "Completed", "Failed", "Aborted"].map((state) =>
            read(`NumberOfBackupJobs${state}`, dimensions),
          ),
        ),
      ).toEqual([4, 2, 1, 1]);
  });

  test("copy jobs are counted for the vault that they copy into", async () => {
    const { RecoveryPointArn } = await backUp(backup, { BackupVaultName, ResourceArn, IamRoleArn });
    const DestinationBackupVaultArn = `arn:aws:backup:us-west-2:${ACCOUNT}:backup-vault:copies`;
    await backup.send(
      new StartCopyJobCommand({
        RecoveryPointArn,
        SourceBackupVaultName: BackupVaultName,
        DestinationBackupVaultArn,
        IamRoleArn,
      }),
    );
    const { read } = metricsIn(aws, "AWS/Backup");
    await until(async () => (await read("NumberOfCopyJobsFailed", { BackupVaultName: "copies" })) === 1);
    expect(await read("NumberOfCopyJobsCreated", byVault)).toBeUndefined();
  });

  test("as shipped, there are none", async () => {
    const asShipped = await startEmbeddedAws({ without: ["backup-metrics"] });
    const shipped = new BackupClient(clientSettings(asShipped));
    await createVault(shipped, BackupVaultName);
    await createMessagesTable(asShipped, "messages");
    const role = await createBackupRole(asShipped, "backup", BACKUP_ACTIONS);
    await backUp(shipped, { BackupVaultName, ResourceArn, IamRoleArn: role });
    expect(await metricsIn(asShipped, "AWS/Backup").names()).toEqual([]);
    await asShipped.stop();
  });
});
