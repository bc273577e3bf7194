import type { CapacityStatus, Status, TableStatus, UnitsStatus } from "./status.ts";

/** A status as a person reads it, in one screen. */
export function formatStatus(status: Status): string[] {
  const { environment, faults, trigger } = status;
  return [
    `${environment}: messaging is ${faults.length === 0 ? "healthy" : "ILL"}`,
    ...faults.map((fault) => `  ✗ ${fault}`),
    "tables",
    ...status.tables.flatMap((table) =>
      "items" in table ? formatTable(table) : [`  ${table.name}: ${table.status}`],
    ),
    "trigger",
    `  ${trigger.state}; last result: ${trigger.lastResult ?? "none"}; oldest record waited ${milliseconds(trigger.iteratorAgeMilliseconds)}`,
    "backlog",
    `  ${status.deadLetters === undefined ? "no dead-letter queue" : `${whole(status.deadLetters)} dead letters`}; longest delay to an inbox ${milliseconds(status.inboxDelayMilliseconds)}`,
    "alarms",
    ...formatAlarms(status),
    "last deployment",
    `  ${formatDeployment(status)}`,
    "last backup",
    ...status.tables.map((table) => `  ${table.name}: ${formatBackup(table)}`),
    ...(status.exports === undefined ? [] : ["last export", ...formatExports(status.exports)]),
    "last restore drill",
    `  ${formatDrill(status)}`,
  ];
}

const formatTable = (table: TableStatus): string[] => [
  `  ${table.name}: ${table.status}, ${whole(table.items)} items, ${size(table.bytes)}, ${table.isProtected ? "protected from deletion" : "can be deleted"}`,
  `    ${formatCapacity(table)}`,
  ...Object.entries(table.indexes).map(
    ([index, status]) => `    index ${index}: ${status.status}; ${formatCapacity(status)}`,
  ),
];

const formatCapacity = ({ read, write }: CapacityStatus) =>
  `units a second: ${formatUnits(read)} read, ${formatUnits(write)} write`;

const formatUnits = ({ consumed, available }: UnitsStatus) =>
  `${consumed === undefined ? "–" : consumed.toFixed(1)} of ${available === undefined ? "any" : whole(available)}`;

function formatAlarms({ alarms }: Status): string[] {
  const count = (state: string) => alarms.filter((alarm) => alarm.state === state).length;
  return [
    `  ${count("ALARM")} raised, ${count("OK")} OK, ${count("INSUFFICIENT_DATA")} without data`,
    ...alarms
      .filter(({ state }) => state === "ALARM")
      .map(({ name, since, reason }) => `  ${name} since ${since}: ${reason}`),
  ];
}

function formatDeployment({ deployment }: Status): string {
  if (!deployment) return "none";
  const { release, commit, ended, who, passed } = deployment;
  return `release ${release.slice(0, 12)} of commit ${commit.slice(0, 12)} on ${ended}, by ${who}${passed ? "" : "; it did NOT pass"}`;
}

function formatBackup(table: Status["tables"][number]): string {
  if (!("items" in table)) return "none";
  const { restorableUntil, lastBackup } = table;
  const kinds = [
    ...(restorableUntil === undefined ? [] : [`any second until ${restorableUntil}`]),
    ...(lastBackup ? [`${lastBackup.made} in the vault ${lastBackup.vault}`] : []),
  ];
  return kinds.length === 0 ? "none" : kinds.join("; ");
}

const formatExports = (exports: NonNullable<Status["exports"]>): string[] =>
  exports.length === 0
    ? ["  none"]
    : exports.map(
        ({ of, status, failure }) => `  of ${of}: ${status}${failure === undefined ? "" : `, ${failure}`}`,
      );

const formatDrill = ({ drill }: Status) =>
  drill ? `${drill.ended}, by ${drill.who}: ${drill.passed ? "passed" : "it did NOT pass"}` : "none";

const whole = (number: number) => number.toLocaleString("en");
const milliseconds = (value?: number) => (value === undefined ? "–" : `${whole(Math.round(value))} ms`);
const size = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`;
