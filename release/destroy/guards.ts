import { type Environment, type TableSettings } from "../../config/environment.ts";
import { namesOf, settingsFile } from "../../config/names.ts";
import { UserError } from "../../config/user-error.ts";
import type { ResourceChangeJson } from "../../terraform/plan-json.ts";
import { type EvidenceStore, lastApplied } from "../evidence.ts";
import { environmentInRelease, openArchive } from "../release.ts";

/** The settings that an environment was deployed with. */
interface DeployedSettings {
  readonly environment: Environment;
  /** What has them, for errors. */
  readonly release: string;
}

/** The settings of the release that an environment has; undefined where none was deployed, as after `cdktf deploy`. */
export async function deployedSettings(
  store: EvidenceStore,
  environment: string,
): Promise<DeployedSettings | undefined> {
  const digest = lastApplied(await store.all())?.release;
  if (digest === undefined) return undefined;
  const release = `release ${digest.slice(0, 12)}, which is deployed`;
  const opened = openArchive(await store.release(digest), release);
  return { environment: environmentInRelease(opened, environment), release };
}

/** @param place what has these settings. Default: the environment's file. */
export function refuseProtected(
  { name, protected: isProtected }: Environment,
  place = settingsFile(name),
): void {
  if (isProtected)
    throw new UserError(
      `${name} is protected, as ${place} says: it holds data that must not be lost, and is not destroyed. ` +
        `If it really has to go: ${howToTakeOff(name, "protected, and deletionProtection and preventDestroy of every table,")}`,
    );
}

/** Names each table that a guard keeps from being destroyed, in AWS, in the checked out code or in what is deployed. */
export function refuseGuarded(
  environment: Environment,
  goes: readonly ResourceChangeJson[],
  refused: readonly string[],
  deployed: DeployedSettings | undefined,
): void {
  const { name } = environment;
  const guarded = goes.flatMap(({ address, type, change }) => {
    const { name: table = address, deletion_protection_enabled: isProtected } = (change.before ??
      {}) as TableValues;
    const guards = [
      ...(isProtected ? ["deletion protection is on in AWS"] : []),
      ...(refused.includes(address) ? [`preventDestroy in ${settingsFile(name)}`] : []),
      ...(deployed && settingsOf(deployed.environment, table)?.preventDestroy
        ? [`preventDestroy in ${deployed.release}`]
        : []),
    ];
    return type === "aws_dynamodb_table" && guards.length > 0 ? [`  ${table}: ${guards.join("; ")}`] : [];
  });
  if (guarded.length > 0 || refused.length > 0)
    throw new UserError(
      [
        `${name} is not destroyed, since ${guarded.length > 0 ? "these tables are guarded" : `Terraform refuses for ${refused.join(", ")}`}. Nothing was changed.`,
        ...guarded,
        `If they really have to go: ${howToTakeOff(name, "deletionProtection and preventDestroy of each")}`,
      ].join("\n"),
    );
}

/** A table in Terraform's state. */
interface TableValues {
  readonly name?: string;
  readonly deletion_protection_enabled?: boolean | null;
}

const howToTakeOff = (environment: string, what: string) =>
  `set ${what} to false in ${settingsFile(environment)}, have that reviewed and deployed, and destroy ${environment} then. See docs/runbook.md#destroy`;

function settingsOf(environment: Environment, table: string): TableSettings | undefined {
  const { tables } = namesOf(environment);
  const settings = Object.entries(environment.tables) as [keyof typeof tables, TableSettings][];
  return settings.find(([key]) => tables[key] === table)?.[1];
}
