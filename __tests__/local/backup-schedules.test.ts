import {
  BackupClient,
  type BackupRuleInput,
  CreateBackupPlanCommand,
  CreateBackupSelectionCommand,
  DeleteBackupVaultCommand,
  ListCopyJobsCommand,
  ListRecoveryPointsByBackupVaultCommand,
} from "@aws-sdk/client-backup";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { evaluateBackups } from "../../local/embedded-aws/backups.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import {
  BACKUP_ACTIONS,
  COPY_ACTIONS,
  createBackupRole,
  createVault,
  ended,
  roleArn,
  tableArn,
} from "../support/backups.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { until } from "../support/until.ts";

const DAY = 86_400_000;

describeWith(["python"], "backup plans in the embedded AWS", () => {
  let aws: EmbeddedAws;
  let backup: BackupClient;
  let west: BackupClient;
  let role: string;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    backup = new BackupClient(clientSettings(aws));
    west = new BackupClient({ ...clientSettings(aws), region: "us-west-2" });
    role = await createBackupRole(aws, "backup", [...BACKUP_ACTIONS, ...COPY_ACTIONS]);
    for (const name of ["messages", "users", "other"]) await createMessagesTable(aws, name);
    await createVault(west, "copies");
  });
  afterAll(() => aws.stop());

  /** Makes a vault and a plan with one rule for some tables. */
  async function plan(
    name: string,
    rule: Partial<BackupRuleInput>,
    resources = { Resources: [tableArn("*")], NotResources: [tableArn("other")] },
  ) {
    await createVault(backup, name);
    const Rules = [{ RuleName: "daily", TargetBackupVaultName: name, ...rule }];
    const { BackupPlanId } = await backup.send(
      new CreateBackupPlanCommand({ BackupPlan: { BackupPlanName: name, Rules } }),
    );
    const BackupSelection = { SelectionName: "tables", IamRoleArn: role, ...resources };
    await backup.send(new CreateBackupSelectionCommand({ BackupPlanId, BackupSelection }));
    return BackupPlanId;
  }
  const run = (at: Date) => evaluateBackups(aws, { account: ACCOUNT, at });
  const of = (name: string, jobs: Awaited<ReturnType<typeof run>>) =>
    jobs.filter(({ BackupVaultName }) => BackupVaultName === name);

  test("a rule backs up the selected tables at its time in its time zone, once, and copies the backups", async () => {
    // 18:00 in Toronto, which has UTC-5 in winter and UTC-4 in summer.
    const due = new Date(Date.UTC(new Date().getUTCFullYear(), 0, 15, 23));
    while (due.getTime() < Date.now() + DAY) due.setUTCFullYear(due.getUTCFullYear() + 1);
    const BackupPlanId = await plan("daily", {
      ScheduleExpression: "cron(0 18 15 JAN ? *)",
      ScheduleExpressionTimezone: "America/Toronto",
      Lifecycle: { DeleteAfterDays: 7 },
      RecoveryPointTags: { made: "by plan" },
      CopyActions: [
        {
          DestinationBackupVaultArn: `arn:aws:backup:us-west-2:${ACCOUNT}:backup-vault:copies`,
          Lifecycle: { DeleteAfterDays: 35 },
        },
      ],
    });
    expect(of("daily", await run(new Date(due.getTime() - 1_000)))).toEqual([]);
    const jobs = of("daily", await run(new Date(due.getTime() + 1_000)));
    expect(jobs.map(({ ResourceArn }) => ResourceArn)).toEqual([tableArn("messages"), tableArn("users")]);
    expect(of("daily", await run(new Date(due.getTime() + 2_000)))).toEqual([]);

    for (const { BackupJobId } of jobs) {
      const job = await ended(backup, BackupJobId);
      expect(job).toMatchObject({ State: "COMPLETED", CreatedBy: { BackupPlanId, BackupRuleName: "daily" } });
      await until(async () => {
        const { CopyJobs } = await backup.send(new ListCopyJobsCommand({ ByState: "COMPLETED" }));
        return CopyJobs?.some((copy) => copy.CreatedByBackupJobId === BackupJobId) ?? false;
      });
    }
    const listed = (client: BackupClient, BackupVaultName: string) =>
      client.send(new ListRecoveryPointsByBackupVaultCommand({ BackupVaultName }));
    expect((await listed(backup, "daily")).RecoveryPoints).toHaveLength(2);
    expect((await listed(west, "copies")).RecoveryPoints).toHaveLength(2);

    // The backups expire, and the copies stay.
    await run(new Date(due.getTime() + 8 * DAY));
    expect((await listed(backup, "daily")).RecoveryPoints).toEqual([]);
    expect((await listed(west, "copies")).RecoveryPoints).toHaveLength(2);
  });

  test("a plan whose vault is gone has jobs that fail", async () => {
    await plan("gone", { ScheduleExpression: "cron(0 5 * * ? *)" });
    await backup.send(new DeleteBackupVaultCommand({ BackupVaultName: "gone" }));
    const far = new Date(Date.UTC(new Date().getUTCFullYear() + 2, 5, 1));
    const [job] = of("gone", await run(far));
    expect(await ended(backup, job?.BackupJobId)).toMatchObject({
      State: "FAILED",
      StatusMessage: "Backup vault gone does not exist.",
    });
  });

  test.each([
    [{ ScheduleExpression: "every night" }, "Invalid schedule expression"],
    [{ ScheduleExpressionTimezone: "Mars/Olympus" }, "Invalid timezone"],
    [{ Lifecycle: { MoveToColdStorageAfterDays: 1, DeleteAfterDays: 90 } }, "at least 90 days after"],
  ])("a rule with %j is refused", async (rule, message) => {
    await expect(plan(message.replaceAll(" ", "-"), rule)).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: expect.stringContaining(message),
    });
  });

  test("a selection needs a role that AWS Backup can take", async () => {
    const BackupPlanId = await plan("roles", {});
    const BackupSelection = { SelectionName: "tables", IamRoleArn: roleArn("absent"), Resources: ["*"] };
    await expect(
      backup.send(new CreateBackupSelectionCommand({ BackupPlanId, BackupSelection })),
    ).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: expect.stringContaining("cannot be assumed by AWS Backup"),
    });
  });

  test("as shipped, a plan takes any schedule", async () => {
    const asShipped = await startEmbeddedAws({ without: ["backup-schedules"] });
    const shipped = new BackupClient(clientSettings(asShipped));
    const Rules = [{ RuleName: "any", TargetBackupVaultName: "any", ScheduleExpression: "every night" }];
    await shipped.send(new CreateBackupPlanCommand({ BackupPlan: { BackupPlanName: "any", Rules } }));
    await asShipped.stop();
  });
});
