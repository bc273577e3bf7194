/** The units a second of a table or an index, of reads or of writes. */
export interface UnitsStatus {
  /** On average over the last five minutes that CloudWatch has; absent if it has none. */
  readonly consumed?: number;
  /** Provisioned, or the on-demand maximum; absent if there is none. */
  readonly available?: number;
}

/** A table, or one of its indexes. */
export interface CapacityStatus {
  /** As AWS says it: "ACTIVE" is good. */
  readonly status: string;
  readonly read: UnitsStatus;
  readonly write: UnitsStatus;
}

/** A backup of a table. */
export interface BackupStatus {
  /** ISO 8601. */
  readonly made: string;
  readonly vault: string;
}

/** A table. What AWS counts, it counts about every six hours. */
export interface TableStatus extends CapacityStatus {
  readonly name: string;
  readonly items: number;
  readonly bytes: number;
  readonly isProtected: boolean;
  /** Until when the table can be restored, to any second, as ISO 8601; absent if it can't. */
  readonly restorableUntil?: string;
  /** The newest backup that AWS Backup has; absent if there is none. */
  readonly lastBackup?: BackupStatus;
  readonly indexes: Readonly<Record<string, CapacityStatus>>;
}

/** An export of the messages table. */
export interface ExportStatus {
  /** As of when its items are, ISO 8601. */
  readonly of: string;
  /** As AWS says it: "COMPLETED" is good. */
  readonly status: string;
  /** Why it failed. */
  readonly failure?: string;
}

export interface TriggerStatus {
  /** As AWS says it: "Enabled" is good. */
  readonly state: string;
  readonly lastResult?: string;
  /** For how long the oldest record waited, in the last five minutes with any. */
  readonly iteratorAgeMilliseconds?: number;
}

export interface AlarmStatus {
  readonly name: string;
  readonly state: string;
  /** ISO 8601. */
  readonly since: string;
  readonly reason: string;
}

/** How messaging is in an environment. What doesn't exist is absent. */
export interface Status {
  readonly environment: string;
  /** What is ill, a sentence each; empty if messaging is healthy. */
  readonly faults: readonly string[];
  readonly tables: readonly (TableStatus | { readonly name: string; readonly status: "absent" })[];
  readonly trigger: TriggerStatus;
  readonly deadLetters?: number;
  /** The longest delay from a message to its inboxes, in the last five minutes with any. */
  readonly inboxDelayMilliseconds?: number;
  /** Those in ALARM first, the one that was raised first before the others. */
  readonly alarms: readonly AlarmStatus[];
  readonly deployment?: {
    readonly release: string;
    readonly commit: string;
    readonly ended: string;
    readonly who: string;
    readonly passed: boolean;
  };
  /** The last export of the messages, and the last one that was completed; empty if there is none. */
  readonly exports?: readonly ExportStatus[];
  /** The last restore drill. */
  readonly drill?: { readonly ended: string; readonly who: string; readonly passed: boolean };
}

/** What is ill, a sentence each. */
export function findFaults({
  tables,
  trigger,
  alarms,
}: Pick<Status, "tables" | "trigger" | "alarms">): string[] {
  const parts = tables.flatMap((table): [string, string][] => [
    [`Table ${table.name}`, table.status],
    ...Object.entries("indexes" in table ? table.indexes : {}).map(
      ([index, { status }]): [string, string] => [`Index ${index} of ${table.name}`, status],
    ),
  ]);
  const raised = alarms.filter(({ state }) => state === "ALARM");
  return [
    ...parts.filter(([, status]) => status !== "ACTIVE").map(([part, status]) => `${part} is ${status}.`),
    ...(trigger.state === "Enabled" ? [] : [`The trigger is ${trigger.state}: no message reaches an inbox.`]),
    ...raised.map(({ name, since }) => `Alarm ${name} is raised since ${since}.`),
    ...(alarms.length === 0 ? ["There are no alarms."] : []),
  ];
}
