import { COLD_STORAGE_DAYS } from "./backup-settings.ts";
import { isVaultArn } from "./backup-regions.ts";
import { baseName, suffixOf } from "./names.ts";
import { partition, partitionRule } from "./regions.ts";
import type { ValidSettings, Violation } from "./valid-settings.ts";

type Backups = NonNullable<ValidSettings["backups"]>;
type Rule = NonNullable<NonNullable<Backups["rules"]>[string]>;

/** Finds settings of the backups that conflict with each other or with those of the environment. */
export function findBackupConflicts(settings: ValidSettings): Violation[] {
  const { backups } = settings;
  if (!backups) return [];
  const ofRules = Object.entries(backups.rules ?? {}).flatMap(([name, rule]) =>
    [
      ...findTooShortInColdStorage(rule ?? {}),
      ...findOutsideLock(rule ?? {}, backups),
      ...findWrongTargets(rule ?? {}, settings),
    ].map(({ path, rule: broken }) => ({ path: ["backups", "rules", name, ...path], rule: broken })),
  );
  return [...ofRules, ...findWrongVaultRegions(settings), ...findTurnedLock(backups)];
}

function findTooShortInColdStorage({ keepDays, coldStorageAfterDays: after }: Rule): Violation[] {
  if (keepDays === undefined || after === undefined || keepDays >= after + COLD_STORAGE_DAYS) return [];
  return [
    {
      path: ["keepDays"],
      rule: `must be at least ${after + COLD_STORAGE_DAYS}: a backup stays in cold storage for ${COLD_STORAGE_DAYS} days at least`,
    },
  ];
}

/** AWS fails every backup job whose retention the lock doesn't allow. */
function findOutsideLock({ keepDays }: Rule, { lock }: Backups): Violation[] {
  const { minimumDays, maximumDays } = lock ?? {};
  if (keepDays === undefined) return [];
  if (minimumDays !== undefined && keepDays < minimumDays)
    return [{ path: ["keepDays"], rule: `must be at least backups.lock.minimumDays (${minimumDays})` }];
  if (maximumDays !== undefined && keepDays > maximumDays)
    return [{ path: ["keepDays"], rule: `must be at most backups.lock.maximumDays (${maximumDays})` }];
  return [];
}

function findWrongTargets({ copyTo = [] }: Rule, settings: ValidSettings): Violation[] {
  const { region, backups } = settings;
  return copyTo.flatMap((target, index) => {
    if (target === undefined) return [];
    const path = ["copyTo", index];
    if (!isVaultArn(target))
      return backups?.vaultRegions?.includes(target)
        ? []
        : [{ path, rule: "must be a region of backups.vaultRegions, or the ARN of a vault" }];
    if (region !== undefined && !target.startsWith(`arn:${partition(region).name}:`))
      return [{ path, rule: partitionRule(region) }];
    return isOwnVault(target, settings)
      ? [{ path, rule: "must not be a vault of the environment itself: name its region" }]
      : [];
  });
}

function isOwnVault(arn: string, { account, name, nameSuffix }: ValidSettings): boolean {
  if (account === undefined || name === undefined) return false;
  return arn.endsWith(`:${account}:backup-vault:${baseName(suffixOf(name, nameSuffix))}`);
}

function findWrongVaultRegions({ region, backups }: ValidSettings): Violation[] {
  if (region === undefined) return [];
  return (backups?.vaultRegions ?? []).flatMap((other, index) => {
    const path = ["backups", "vaultRegions", index];
    if (other === undefined) return [];
    if (other === region)
      return [{ path, rule: "must not be the environment's own region, which has a vault anyway" }];
    if (partition(other).name === partition(region).name) return [];
    return [{ path, rule: partitionRule(region) }];
  });
}

function findTurnedLock({ lock }: Backups): Violation[] {
  const { minimumDays, maximumDays } = lock ?? {};
  if (minimumDays === undefined || maximumDays === undefined || minimumDays <= maximumDays) return [];
  return [{ path: ["backups", "lock", "maximumDays"], rule: `must be at least the minimum, ${minimumDays}` }];
}
