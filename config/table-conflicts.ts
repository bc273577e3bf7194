import { tableShapes, type TableName } from "../messaging/tables.ts";
import { ownTableNames, restoredPrefix, suffixOf } from "./names.ts";
import { partition, partitionRule } from "./regions.ts";
import { streamViewTypeOf } from "./stream-view-type.ts";
import type { ValidSettings, Violation } from "./valid-settings.ts";

/** The valid settings of a table. */
type Table = NonNullable<NonNullable<ValidSettings["tables"]>[TableName]>;

/** What is wrong with a table's settings; the path begins within the table. */
type FindViolations = (table: Table, settings: ValidSettings, name: TableName) => Violation[];

/** Finds settings of the tables that conflict with each other or with those of the environment. */
export function findTableConflicts(settings: ValidSettings): Violation[] {
  const find: readonly FindViolations[] = [
    findUnprotected,
    findForeignCopy,
    findWrongLimits,
    findWrongReplicas,
    findReadersOfNothing,
  ];
  return Object.entries(settings.tables ?? {}).flatMap(([name, table]) =>
    table === undefined
      ? []
      : find
          .flatMap((violations) => violations(table, settings, name as TableName))
          .map(({ path, rule }) => ({ path: ["tables", name, ...path], rule })),
  );
}

/** A copy of another table, or of another environment's, would be taken for this one. */
function findForeignCopy({ restoredName }: Table, settings: ValidSettings, table: TableName): Violation[] {
  const { name, nameSuffix } = settings;
  if (restoredName === undefined || name === undefined) return [];
  const prefix = restoredPrefix(ownTableNames(suffixOf(name, nameSuffix))[table]);
  if (restoredName.startsWith(prefix)) return [];
  return [{ path: ["restoredName"], rule: `must be a restored copy of this table: "${prefix}…"` }];
}

/** What protects a table: the setting, its value without protection, and what a protected environment requires. */
const PROTECTIONS = [
  ["deletionProtection", false, "must be true"],
  ["preventDestroy", false, "must be true"],
  ["pointInTimeRecoveryDays", "off", "must be 1 to 35"],
] as const;

function findUnprotected(table: Table, { protected: isProtected }: ValidSettings): Violation[] {
  if (isProtected !== true) return [];
  const ofTable = PROTECTIONS.filter(([setting, unprotected]) => table[setting] === unprotected).map(
    ([setting, , requirement]) => ({ path: [setting], rule: `${requirement} in a protected environment` }),
  );
  const ofReplicas = Object.entries(table.replicas ?? {}).flatMap(([region, replica]) =>
    (["deletionProtection", "pointInTimeRecovery"] as const)
      .filter((setting) => replica?.[setting] === false)
      .map((setting) => ({
        path: ["replicas", region, setting],
        rule: "must be true in a protected environment",
      })),
  );
  return [...ofTable, ...ofReplicas];
}

/** Limits of the scaler: of the table and of its indexes, of reads and of writes, those of every schedule included. */
function findWrongLimits({ billing }: Table): Violation[] {
  if (billing?.mode !== "autoscaled") return [];
  const parts = [
    { path: ["billing"], scaled: billing },
    ...Object.entries(billing.indexes ?? {}).map(([index, scaled]) => ({
      path: ["billing", "indexes", index],
      scaled,
    })),
  ];
  return parts.flatMap(({ path, scaled }) =>
    (["read", "write"] as const).flatMap((kind) => {
      const scaling = scaled?.[kind];
      if (scaling === undefined) return [];
      const schedules = Object.entries(scaling.schedules ?? {});
      return [
        ...findMissingLimits(scaling, [...path, kind]),
        ...findTooFewSchedules(scaling, [...path, kind, "schedules"]),
        ...findTurnedLimits(scaling, [...path, kind]),
        ...schedules.flatMap(([name, schedule]) =>
          findTurnedLimits(schedule ?? {}, [...path, kind, "schedules", name]),
        ),
      ];
    }),
  );
}

interface Limits {
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly schedules?: object | undefined;
}

function findMissingLimits(scaling: Limits, path: readonly string[]): Violation[] {
  const isScheduled = scaling.schedules !== undefined;
  return (["minimum", "maximum"] as const)
    .filter((limit) => (scaling[limit] !== undefined) === isScheduled)
    .map((limit) => ({
      path: [...path, limit],
      rule: isScheduled ? "must be left out: the schedules say it" : "is missing; or set schedules",
    }));
}

function findTooFewSchedules({ schedules }: Limits, path: readonly string[]): Violation[] {
  if (schedules === undefined || Object.keys(schedules).length >= 2) return [];
  return [{ path, rule: "must be at least two schedules: each holds until the next" }];
}

function findTurnedLimits({ minimum, maximum }: Limits, path: readonly string[]): Violation[] {
  if (minimum === undefined || maximum === undefined || minimum <= maximum) return [];
  return [{ path: [...path, "maximum"], rule: `must be at least the minimum, ${minimum}` }];
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html */
function findWrongReplicas({ replicas = {}, billing }: Table, { region }: ValidSettings): Violation[] {
  const regions = Object.keys(replicas);
  const wrongRegions = regions.flatMap((replica) => {
    const path = ["replicas", replica];
    if (region === undefined) return [];
    if (replica === region) return [{ path, rule: "must not be the environment's own region" }];
    if (partition(replica).name === partition(region).name) return [];
    return [{ path, rule: partitionRule(region) }];
  });
  if (regions.length === 0 || billing?.mode === undefined || billing.mode === "on-demand")
    return wrongRegions;
  const rule =
    'must be "on-demand" for a table with replicas: with provisioned units, each replica would need its own, or the writes that reach it are throttled';
  return [...wrongRegions, { path: ["billing", "mode"], rule }];
}

function findReadersOfNothing(table: Table, settings: ValidSettings, name: TableName): Violation[] {
  const violations: Violation[] = [];
  if (table.streamReaders !== undefined && !streamViewTypeOf(tableShapes[name], table))
    violations.push({ path: ["streamReaders"], rule: "must be left out: the table has no stream" });
  if (table.encryption === "aws-managed" && hasForeignReaders(table, settings))
    violations.push({
      path: ["encryption"],
      rule: 'must not be "aws-managed" where readers are not of `account`: another account can\'t be allowed to use that key',
    });
  if (table.deletionOnlyByDeployRole === true && settings.pipeline === undefined)
    violations.push({
      path: ["deletionOnlyByDeployRole"],
      rule: "requires pipeline: without it there is no deploy role",
    });
  return violations;
}

/** The policy of an AWS managed key is for its own account alone: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key */
const hasForeignReaders = ({ readers = [], streamReaders = [] }: Table, { account }: ValidSettings) =>
  [...readers, ...streamReaders].some((arn) => account === undefined || arn?.split(":")[4] !== account);
