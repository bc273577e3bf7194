import { createHash } from "node:crypto";
import type { Environment } from "./environment.ts";

/** What the physical names of an environment end in. */
export const suffixOf = (name: string, nameSuffix = `-${name}`): string => nameSuffix;

/** What most of an environment's resources are named, or what their names begin with. */
export const baseName = (suffix: string) => `cruddur-messaging${suffix}`;

/** The names of an environment's tables, before any switch to a restored copy. */
export const ownTableNames = (suffix: string) => ({
  messages: `cruddur-messages${suffix}`,
  users: `Users${suffix}`,
});

/** Derives the physical names of an environment's resources. */
export function namesOf(environment: Pick<Environment, "name" | "nameSuffix" | "state" | "tables">) {
  const suffix = suffixOf(environment.name, environment.nameSuffix);
  const base = baseName(suffix);
  const ownTables = ownTableNames(suffix);
  const streamFunction = `cruddur-messaging-stream${suffix}`;
  return {
    tables: {
      messages: environment.tables.messages.restoredName ?? ownTables.messages,
      users: environment.tables.users.restoredName ?? ownTables.users,
    },
    /** What the names of restored copies begin with. */
    ownTables,
    streamFunction,
    streamFunctionRole: streamFunction,
    logGroup: `/aws/lambda/${streamFunction}`,
    deadLetterQueue: `${streamFunction}-dead-letters`,
    keyAlias: `alias/${base}`,
    network: base,
    stateBucket: environment.state.bucket,
    stateKeyAlias: `alias/${environment.state.bucket}`,
    /** What the names of the alarms of tables begin with, before the name of the table. */
    tableAlarm: `${base}-`,
    /** The composite alarm. */
    illAlarm: `${base}-ill`,
    alarmTopic: `${base}-alarms`,
    alarmKeyAlias: `alias/${base}-alarms`,
    dashboard: base,
    /** The vault for backups, in each region that has one. */
    backupVault: base,
    backupPlan: base,
    backupKeyAlias: `alias/${base}-backups`,
    /** The role that AWS Backup has while it backs up, copies and restores. */
    backupRole: `${base}-backup`,
    /** The DAX cluster, and its security group, subnet group and parameter group. */
    cache: clusterName(suffix),
    /** The role with which the cluster reads the tables. */
    cacheRole: `${base}-cache`,
    /** The daily export's schedule, and the role that the schedule has. */
    tableExport: `${base}-export`,
    /** The permissions boundary of that role. */
    exportBoundary: `${base}-export-boundary`,
    /** The queue with an entry for each export that was completed. */
    completedExports: `${base}-completed-exports`,
    analyticsKeyAlias: `alias/${base}-analytics`,
    /** The database of the catalogue. Athena takes letters, digits and "_" only without quotes. */
    analyticsDatabase: base.replaceAll("-", "_"),
    analyticsWorkgroup: `${base}-analytics`,
    /** The role that a person takes to query. */
    analystRole: `${base}-analyst`,
    /** The role that a person takes to restore a table. */
    restoreRole: `${base}-restore`,
    /** The role of the workflow that tries the restore. */
    drillRole: `${base}-drill`,
    /** What the policies of these two are named for, after this. */
    restorePolicy: `${base}-restore-`,
    permissionsBoundary: `${base}-boundary`,
    planRole: `${base}-plan`,
    deployRole: `${base}-deploy`,
    /** What the policies of the pipeline roles are named for, after this. */
    pipelinePolicy: `${base}-pipeline-`,
  };
}

/** DAX's limit for the name of a cluster: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_CreateCluster.html */
const CLUSTER_NAME_LENGTH = 20;
const DIGEST_LENGTH = 6;

/** The name of the DAX cluster. A long suffix is cut, and a digest of it tells it from others that begin alike. */
function clusterName(suffix: string): string {
  const name = `cruddur${suffix}`;
  if (name.length <= CLUSTER_NAME_LENGTH) return name;
  const digest = createHash("sha256").update(suffix).digest("hex").slice(0, DIGEST_LENGTH);
  const kept = name.slice(0, CLUSTER_NAME_LENGTH - DIGEST_LENGTH - 1).replace(/-$/, "");
  return `${kept}-${digest}`;
}

/** The physical names of an environment's resources. */
export type Names = Readonly<ReturnType<typeof namesOf>>;

/** What the names of an environment's metric alarms begin with: of its function, its tables, the account, backups, exports and the cache. */
export const alarmNamePrefixes = ({ streamFunction, tableAlarm, tables }: Names): string[] => [
  `${streamFunction}-`,
  ...[...Object.keys(tables), "account", "backup", "export", "cache"].map(
    (watched) => `${tableAlarm}${watched}-`,
  ),
];

/** What the names of restored copies of a table begin with, before the time that they show. */
export const restoredPrefix = (table: string): string => `${table}-restored-`;

/** The name of the copy of a table as it was at a time: "cruddur-messages-restored-20261126T130000Z". */
export const restoredTable = (table: string, time: Date): string =>
  `${restoredPrefix(table)}${time.toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;

/** The tags of every resource of an environment, besides those of its settings. */
export const projectTags = (environment: string) => ({ environment, service: "cruddur-messaging" }) as const;

/** Object keys in an environment's state bucket. */
export const stateBucketKeys = {
  messaging: "messaging.tfstate",
  bootstrap: "bootstrap.tfstate",
  /** Prefix of the releases and the evidence of their deployments. */
  releases: "releases/",
  /** The id of the account of the first deployment; below the releases, so that nobody can overwrite it. */
  account: "releases/account",
  /** Prefix of the evidence of restore drills; below the releases, too. */
  drills: "releases/drills/",
} as const;

/** The file of an environment's settings, as errors name it. */
export const settingsFile = (environment: string) => `config/environments/${environment}.ts`;

/** The file that exports every environment, as errors name it. */
export const EXPORTS_FILE = "config/environments/index.ts";

/** Names of an environment's stacks, as `cdktf list` shows them. */
export const stackNames = (environment: string) =>
  ({ messaging: `messaging-${environment}`, bootstrap: `bootstrap-${environment}` }) as const;

/** The GitHub environment whose jobs try to restore an environment's tables. */
export const drillEnvironment = (environment: string) => `${environment}-drill`;

/** What the names of an environment's variables begin with: those of its credentials, and on GitHub those of its roles. */
export const variablePrefix = (environment: string) => environment.toUpperCase();
