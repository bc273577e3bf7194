import type { EnvironmentLiteral } from "./environment.ts";

/** One thing wrong with an environment: where, and the rule that it breaks. */
export interface Violation {
  readonly path: readonly PropertyKey[];
  readonly rule: string;
}

type Unchecked<T> = T extends object ? { readonly [Key in keyof T]?: Unchecked<T[Key]> } : T;

/**
 * Settings that are each in range and yet don't go together. It reads a literal that the schema may have
 * refused, so that every fault is told in one go; what is missing or of a wrong type is the schema's to tell.
 */
export function findConflicts(literal: Unchecked<EnvironmentLiteral> = {}): Violation[] {
  return [
    ...findUnprotectedTables(literal),
    ...findZonesOutsideRegion(literal),
    ...findTimesBeyondRecordAge(literal),
  ];
}

function findUnprotectedTables({
  protected: isProtected,
  tables = {},
}: Unchecked<EnvironmentLiteral>): Violation[] {
  if (isProtected !== true) return [];
  return Object.entries(tables).flatMap(([name, table = {}]) => {
    const required = (setting: string, rule: string): Violation => ({
      path: ["tables", name, setting],
      rule,
    });
    const violations: Violation[] = [];
    if (table.deletionProtection === false)
      violations.push(required("deletionProtection", "must be true in a protected environment"));
    if (table.preventDestroy === false)
      violations.push(required("preventDestroy", "must be true in a protected environment"));
    if (table.pointInTimeRecoveryDays === "off")
      violations.push(required("pointInTimeRecoveryDays", "must be 1 to 35 in a protected environment"));
    return violations;
  });
}

function findZonesOutsideRegion({ region, network }: Unchecked<EnvironmentLiteral>): Violation[] {
  if (network?.kind !== "own" || typeof region !== "string" || !Array.isArray(network.zones)) return [];
  return network.zones.flatMap((zone: unknown, index) =>
    typeof zone === "string" && zone.slice(0, -1) !== region
      ? [{ path: ["network", "zones", index], rule: `must be a zone of the environment's region, ${region}` }]
      : [],
  );
}

function findTimesBeyondRecordAge({
  trigger,
  function: run,
  alarms,
}: Unchecked<EnvironmentLiteral>): Violation[] {
  const longestWait = trigger?.maximumRecordAgeSeconds;
  if (typeof longestWait !== "number") return [];
  const violations: Violation[] = [];
  if (typeof run?.timeoutSeconds === "number" && run.timeoutSeconds >= longestWait)
    violations.push({
      path: ["function", "timeoutSeconds"],
      rule: `must be less than trigger.maximumRecordAgeSeconds (${longestWait}), or a batch that times out is never tried again`,
    });
  if (typeof alarms?.iteratorAgeSeconds === "number" && alarms.iteratorAgeSeconds >= longestWait)
    violations.push({
      path: ["alarms", "iteratorAgeSeconds"],
      rule: `must be less than trigger.maximumRecordAgeSeconds (${longestWait}), or records are given up before the alarm`,
    });
  return violations;
}
