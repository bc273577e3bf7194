import type { Environment } from "./environment.ts";

/** What the physical names of an environment end in. */
export const suffixOf = (name: string, nameSuffix = `-${name}`): string => nameSuffix;

/** Derives the physical names of an environment's resources. */
export function namesOf(environment: Pick<Environment, "name" | "nameSuffix" | "state">) {
  const suffix = suffixOf(environment.name, environment.nameSuffix);
  const base = `cruddur-messaging${suffix}`;
  const streamFunction = `cruddur-messaging-stream${suffix}`;
  return {
    tables: { messages: `cruddur-messages${suffix}`, users: `Users${suffix}` },
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
    permissionsBoundary: `${base}-boundary`,
    planRole: `${base}-plan`,
    deployRole: `${base}-deploy`,
    /** What the policies of the pipeline roles are named for, after this. */
    pipelinePolicy: `${base}-pipeline-`,
  };
}

/** The physical names of an environment's resources. */
export type Names = Readonly<ReturnType<typeof namesOf>>;

/** What the names of an environment's metric alarms begin with: of its function, its tables and the account. */
export const alarmNamePrefixes = ({ streamFunction, tableAlarm, tables }: Names): string[] => [
  `${streamFunction}-`,
  ...[...Object.keys(tables), "account"].map((watched) => `${tableAlarm}${watched}-`),
];

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
} as const;

/** The file of an environment's settings, as errors name it. */
export const settingsFile = (environment: string) => `config/environments/${environment}.ts`;

/** The file that exports every environment, as errors name it. */
export const EXPORTS_FILE = "config/environments/index.ts";

/** Names of an environment's stacks, as `cdktf list` shows them. */
export const stackNames = (environment: string) =>
  ({ messaging: `messaging-${environment}`, bootstrap: `bootstrap-${environment}` }) as const;

/** What the names of an environment's variables begin with: those of its credentials, and on GitHub those of its roles. */
export const variablePrefix = (environment: string) => environment.toUpperCase();
