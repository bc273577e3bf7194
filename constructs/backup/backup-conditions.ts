import { foreignVaults, isVaultArn, makesBackups } from "../../config/backup-regions.ts";
import type { Environment } from "../../config/environment.ts";
import type { Names } from "../../config/names.ts";
import type { Condition } from "../alarms/alarms.ts";

const DAY_SECONDS = 86_400;

/** What a job that doesn't complete ends as. */
const ENDS = ["Failed", "Aborted", "Expired"] as const;

/**
 * The conditions of the backups, where there are rules. Messages reach inboxes all the same, so they warn only.
 * https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html
 */
export function backupConditions(environment: Environment, { backupVault }: Names): Condition[] {
  if (!makesBackups(environment)) return [];
  const { alarms } = environment;
  const ofVault = {
    namespace: "AWS/Backup",
    dimensions: { BackupVaultName: backupVault },
    isIll: false,
    statistic: "Sum",
    threshold: 0,
  } as const;
  const onEach = { ...ofVault, period: 300, datapointsToAlarm: 1 };
  return [
    ...ENDS.map((end) => ({
      ...onEach,
      name: `backup-${end.toLowerCase()}`,
      section: "backup-failed",
      meaning: "a table was not backed up",
      metricName: `NumberOfBackupJobs${end}`,
    })),
    ...copyVaults(environment, backupVault).map((name) => ({
      ...onEach,
      name: name === backupVault ? "backup-copy-failed" : `backup-copy-failed-${name}`,
      section: "backup-copy-failed",
      meaning: "a backup was not copied",
      // AWS counts copies by the vault that they go to.
      dimensions: { BackupVaultName: name },
      metricName: "NumberOfCopyJobsFailed",
    })),
    ...(alarms.backupAgeDays === undefined
      ? []
      : [
          {
            ...ofVault,
            name: "backup-age",
            meaning: `no backup was completed for ${alarms.backupAgeDays} days`,
            metricName: "NumberOfBackupJobsCompleted",
            period: DAY_SECONDS,
            isRaisedByAbsence: { datapoints: alarms.backupAgeDays },
          },
        ]),
  ];
}

/** The names of the vaults that backups are copied to. */
function copyVaults(environment: Environment, own: string): string[] {
  const rules = Object.values(environment.backups?.rules ?? {});
  const foreign = foreignVaults(environment).map((arn) => arn.split(":").at(-1) ?? "");
  const hasOwn = rules.some(({ copyTo = [] }) => !copyTo.every(isVaultArn));
  return [...new Set([...(hasOwn ? [own] : []), ...foreign])];
}
