import { findConflicts, type Violation } from "./setting-conflicts.ts";
import { environmentSchema, type Environment } from "./environment.ts";
import * as configured from "./environments/index.ts";
import { UserError } from "./user-error.ts";

/**
 * Validates environments and returns them.
 * @param literals by name. Default: those of `config/environments/`.
 * @throws UserError that lists every violation in every environment: file, path, rule and value.
 */
export function loadEnvironments(literals: Readonly<Record<string, unknown>> = configured): Environment[] {
  const violations = [
    ...Object.entries(literals).flatMap(([key, literal]) =>
      findViolations(key, literal).map(
        ({ path, rule }) => `${fileOf(key)}: ${formatPath(path)} ${rule} (given ${format(literal, path)})`,
      ),
    ),
    ...findSharedNames(literals),
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

const fileOf = (key: string) => `config/environments/${key}.ts`;

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
function findSharedNames(literals: Readonly<Record<string, unknown>>): string[] {
  const bucketOf = (literal: unknown) => format(literal, ["state", "bucket"]);
  const scopeOf = (literal: unknown) =>
    ["account", "region", "nameSuffix"].map((setting) => format(literal, [setting]));
  const violations: string[] = [];
  for (const [index, [key, literal]] of Object.entries(literals).entries()) {
    for (const [earlierKey, earlier] of Object.entries(literals).slice(0, index)) {
      const [file, earlierFile] = [fileOf(key), fileOf(earlierKey)];
      if (bucketOf(literal) === bucketOf(earlier))
        violations.push(
          `${file}: state.bucket must differ from that of ${earlierFile} (given ${bucketOf(literal)})`,
        );
      const [account, , suffix = UNSET] = scopeOf(literal);
      if (account !== UNSET && suffix !== UNSET && scopeOf(literal).join() === scopeOf(earlier).join())
        violations.push(
          `${file}: nameSuffix must differ from that of ${earlierFile}, which has the same account and region (given ${suffix})`,
        );
    }
  }
  return violations;
}

/** How an error shows a setting without a value. */
const UNSET = "nothing";

/** Formats a setting's value for an error. */
const format = (literal: unknown, path: readonly PropertyKey[]): string => {
  const value = valueOf(literal, path);
  return value === undefined ? UNSET : JSON.stringify(value);
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
