import { findConflicts, type Violation } from "./setting-conflicts.ts";
import { environmentSchema, type Environment } from "./environment.ts";
import * as literals from "./environments/index.ts";
import { UserError } from "./user-error.ts";

/**
 * The environments of `config/environments/`, checked.
 * @throws UserError that lists every fault of every environment: file, path, rule and value.
 */
export function loadEnvironments(given: Readonly<Record<string, unknown>> = literals): Environment[] {
  const violations = [
    ...Object.entries(given).flatMap(([key, literal]) =>
      findViolations(key, literal).map(
        ({ path, rule }) => `${fileOf(key)}: ${written(path)} ${rule} (given ${shown(literal, path)})`,
      ),
    ),
    ...sharedNames(given),
  ];
  if (violations.length > 0) throw new UserError(violations.join("\n"));
  return Object.values(given).map((literal) => environmentSchema.parse(literal));
}

/**
 * One environment by its name.
 * @throws UserError that lists the names there are.
 */
export function environmentNamed(name: string, among = loadEnvironments()): Environment {
  const found = among.find((environment) => environment.name === name);
  if (found) return found;
  const names = among.map((environment) => environment.name).join(", ");
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

/** State buckets are named in all of AWS; in one account and region, physical names must differ too. */
function sharedNames(given: Readonly<Record<string, unknown>>): string[] {
  const bucketOf = (literal: unknown) => shown(literal, ["state", "bucket"]);
  const placeOf = (literal: unknown) =>
    ["account", "region", "nameSuffix"].map((setting) => shown(literal, [setting]));
  const violations: string[] = [];
  for (const [index, [key, literal]] of Object.entries(given).entries()) {
    for (const [earlierKey, earlier] of Object.entries(given).slice(0, index)) {
      const [file, earlierFile] = [fileOf(key), fileOf(earlierKey)];
      if (bucketOf(literal) === bucketOf(earlier))
        violations.push(
          `${file}: state.bucket must differ from that of ${earlierFile} (given ${bucketOf(literal)})`,
        );
      const [account, , suffix = NOTHING] = placeOf(literal);
      if (account !== NOTHING && suffix !== NOTHING && placeOf(literal).join() === placeOf(earlier).join())
        violations.push(
          `${file}: nameSuffix must differ from that of ${earlierFile}, which has the same account and region (given ${suffix})`,
        );
    }
  }
  return violations;
}

const NOTHING = "nothing";

/** A value as an error shows it. */
const shown = (literal: unknown, path: readonly PropertyKey[]): string => {
  const value = valueOf(literal, path);
  return value === undefined ? NOTHING : JSON.stringify(value);
};

function valueOf(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner !== null && typeof inner === "object" ? inner[key as never] : undefined),
    value,
  );
}

/** A path as one writes it: `network.zones[1]`. */
function written(path: readonly PropertyKey[]): string {
  const keys = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`));
  return keys.join("").slice(1) || "the environment";
}
