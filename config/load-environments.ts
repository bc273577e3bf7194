import { findConflicts, type Violation } from "./setting-conflicts.ts";
import { environmentSchema, type Environment } from "./environment.ts";
import * as configured from "./environments/index.ts";
import { settingsFile } from "./names.ts";
import { UserError } from "./user-error.ts";

/**
 * Validates environments and returns them.
 * @param literals by name. Default: those of `config/environments/`.
 * @throws UserError that lists every violation in every environment: file, path, rule and value.
 */
export function loadEnvironments(literals: Readonly<Record<string, unknown>> = configured): Environment[] {
  const entries = Object.entries(literals);
  const violations = [
    ...entries.flatMap(([key, literal]) => describeViolations(key, literal, findViolations(key, literal))),
    ...entries.flatMap(([key, literal], index) =>
      describeViolations(key, literal, findSharedNames(literal, entries.slice(0, index))),
    ),
  ];
  if (violations.length > 0) throw new UserError(violations.join("\n"));
  return Object.values(literals).map((literal) => environmentSchema.parse(literal));
}

/**
 * Finds an environment by its name.
 * @throws UserError that lists the existing names.
 */
export function environmentNamed(name: string, environments = loadEnvironments()): Environment {
  const found = environments.find((environment) => environment.name === name);
  if (found) return found;
  const names = environments.map((environment) => environment.name).join(", ");
  throw new UserError(`There is no environment "${name}". There are: ${names}.`);
}

const describeViolations = (key: string, literal: unknown, violations: readonly Violation[]) =>
  violations.map(
    ({ path, rule }) => `${settingsFile(key)}: ${formatPath(path)} ${rule} (given ${format(literal, path)})`,
  );

function findViolations(key: string, literal: unknown): Violation[] {
  const { error } = environmentSchema.safeParse(literal);
  const violations = (error?.issues ?? []).flatMap((issue): Violation[] => {
    const { path } = issue;
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((unknown) => ({ path: [...path, unknown], rule: "is not a setting" }));
    if (issue.code === "invalid_key") return issue.issues.map(({ message }) => ({ path, rule: message }));
    return [{ path, rule: valueOf(literal, path) === undefined ? "is missing" : issue.message }];
  });
  if (valueOf(literal, ["name"]) !== key)
    violations.push({ path: ["name"], rule: `must be "${key}", as the file and its export are named` });
  return [...violations, ...findConflicts(literal ?? {})];
}

/** A bucket name is unique in all of AWS; the other physical names are unique in one account and region. */
function findSharedNames(literal: unknown, others: readonly [key: string, literal: unknown][]): Violation[] {
  const hasNames = ["account", "nameSuffix"].every((setting) => valueOf(literal, [setting]) !== undefined);
  return others.flatMap(([key, other]) => {
    const isShared = (...path: string[]) => format(literal, path) === format(other, path);
    const rule = `must differ from that of ${settingsFile(key)}`;
    const violations: Violation[] = [];
    if (isShared("state", "bucket")) violations.push({ path: ["state", "bucket"], rule });
    if (hasNames && isShared("account") && isShared("region") && isShared("nameSuffix"))
      violations.push({ path: ["nameSuffix"], rule: `${rule}, which has the same account and region` });
    return violations;
  });
}

/** Formats a setting's value for an error. */
const format = (literal: unknown, path: readonly PropertyKey[]): string => {
  const value = valueOf(literal, path);
  return value === undefined ? "nothing" : JSON.stringify(value);
};

function valueOf(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner !== null && typeof inner === "object" ? inner[key as never] : undefined),
    value,
  );
}

/** Formats a path as in code: `network.zones[1]`. */
function formatPath(path: readonly PropertyKey[]): string {
  const keys = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`));
  return keys.join("").slice(1) || "the environment";
}
