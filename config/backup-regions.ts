import type { Environment } from "./environment.ts";

/** Whether a backup is copied to a vault by its ARN, and not to the environment's vault in a region. */
export const isVaultArn = (target: string): boolean => target.startsWith("arn:");

/** What is asked here of an environment: its backups. */
type BackedUp = Pick<Environment, "backups">;

/** The other regions in which an environment has a vault. */
export const vaultRegions = ({ backups }: BackedUp): readonly string[] => backups?.vaultRegions ?? [];

/** Whether an environment makes backups, and doesn't just keep those that it has. */
export const makesBackups = ({ backups }: BackedUp): boolean => Object.keys(backups?.rules ?? {}).length > 0;

/** The vaults of other accounts, or of other environments, that backups are copied to, by their ARNs. */
export const foreignVaults = ({ backups }: BackedUp): readonly string[] => [
  ...new Set(Object.values(backups?.rules ?? {}).flatMap(({ copyTo = [] }) => copyTo.filter(isVaultArn))),
];
