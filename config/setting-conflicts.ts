import type { EnvironmentLiteral } from "./environment.ts";

/** A rule that an environment breaks, and the path of the setting that breaks it. */
export interface Violation {
  readonly path: readonly PropertyKey[];
  readonly rule: string;
}

type Unchecked<T> = T extends object ? { readonly [Key in keyof T]?: Unchecked<T[Key]> } : T;
type Literal = Unchecked<EnvironmentLiteral>;

/**
 * Finds settings that are valid on their own but conflict with each other. The literal may be invalid, so that schema
 * violations and conflicts are reported together; settings that are missing or of the wrong type are ignored here.
 */
export function findConflicts(literal: Literal): Violation[] {
  return [
    ...findMissingAccount(literal),
    ...findUnprotectedTables(literal),
    ...findZonesOutsideRegion(literal),
    ...findTimesBeyondRecordAge(literal),
  ];
}

function findMissingAccount({ protected: isProtected, account }: Literal): Violation[] {
  if (isProtected !== true || account !== undefined) return [];
  const rule =
    "must be set in a protected environment, to the id of its account, so that no other is changed";
  return [{ path: ["account"], rule }];
}

/** What protects a table: the setting, its value without protection, and what a protected environment requires. */
const PROTECTIONS = [
  ["deletionProtection", false, "must be true"],
  ["preventDestroy", false, "must be true"],
  ["pointInTimeRecoveryDays", "off", "must be 1 to 35"],
] as const;

function findUnprotectedTables({ protected: isProtected, tables = {} }: Literal): Violation[] {
  if (isProtected !== true) return [];
  return Object.entries(tables).flatMap(([name, table = {}]) =>
    PROTECTIONS.filter(([setting, unprotected]) => table[setting] === unprotected).map(
      ([setting, , requirement]) => ({
        path: ["tables", name, setting],
        rule: `${requirement} in a protected environment`,
      }),
    ),
  );
}

function findZonesOutsideRegion({ region, network }: Literal): Violation[] {
  if (network?.kind !== "own" || typeof region !== "string" || !Array.isArray(network.zones)) return [];
  return network.zones.flatMap((zone: unknown, index) =>
    typeof zone === "string" && zone.slice(0, -1) !== region
      ? [{ path: ["network", "zones", index], rule: `must be a zone of the environment's region, ${region}` }]
      : [],
  );
}

function findTimesBeyondRecordAge({ trigger, function: streamFunction, alarms }: Literal): Violation[] {
  const maximumAge = trigger?.maximumRecordAgeSeconds;
  if (typeof maximumAge !== "number") return [];
  const violations: Violation[] = [];
  if (typeof streamFunction?.timeoutSeconds === "number" && streamFunction.timeoutSeconds >= maximumAge)
    violations.push({
      path: ["function", "timeoutSeconds"],
      rule: `must be less than trigger.maximumRecordAgeSeconds (${maximumAge}), or a batch that times out is never tried again`,
    });
  if (typeof alarms?.iteratorAgeSeconds === "number" && alarms.iteratorAgeSeconds >= maximumAge)
    violations.push({
      path: ["alarms", "iteratorAgeSeconds"],
      rule: `must be less than trigger.maximumRecordAgeSeconds (${maximumAge}), or records are given up before the alarm`,
    });
  return violations;
}
