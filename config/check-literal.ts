import { inspect } from "node:util";
import { environmentSchema } from "./environment.ts";
import { EXPORTS_FILE, settingsFile } from "./names.ts";
import { findConflicts } from "./setting-conflicts.ts";
import type { Named } from "./shared-settings.ts";
import type { ValidSettings, Violation } from "./valid-settings.ts";

/** A literal, and what is wrong with it on its own. */
export interface CheckedLiteral extends Named {
  readonly literal: unknown;
  /** A sentence each: file, path, rule and value. */
  readonly faults: readonly string[];
  /** Whether `account` is known, or known to be open. */
  readonly hasValidAccount: boolean;
}

/** Checks one literal. `key` is the name of its export. */
export function checkLiteral(key: string, literal: unknown): CheckedLiteral {
  if (!hasSettings(literal)) {
    const fault = `${EXPORTS_FILE}: its export "${key}" must be an environment, an object with settings (given ${format(literal)})`;
    return { key, literal, settings: {}, faults: [fault], hasValidAccount: false };
  }
  const violations = findViolations(key, literal);
  const isViolated = (path: readonly PropertyKey[]) =>
    violations.some((violation) => formatPath(violation.path) === formatPath(path));
  const settings = omit(literal, isViolated) as ValidSettings;
  violations.push(...findConflicts(settings).filter(({ path }) => !isViolated(path)));
  const faults = describeViolations(key, literal, violations);
  return { key, literal, settings, faults, hasValidAccount: !isViolated(["account"]) };
}

const hasSettings = (literal: unknown): literal is object =>
  isObject(literal) && Object.keys(environmentSchema.shape).some((setting) => setting in literal);

function findViolations(key: string, literal: object): Violation[] {
  const { error } = environmentSchema.safeParse(literal);
  const violations = (error?.issues ?? []).flatMap((issue): Violation[] => {
    const { path } = issue;
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((unknown) => ({ path: [...path, unknown], rule: "is not a setting" }));
    if (issue.code === "invalid_key") return issue.issues.map(({ message }) => ({ path, rule: message }));
    if (valueOf(literal, path) === undefined) return [{ path, rule: "is missing" }];
    const mustBeObject = issue.code === "invalid_type" && ["object", "record"].includes(issue.expected);
    return [{ path, rule: mustBeObject ? "must be an object" : issue.message }];
  });
  if (valueOf(literal, ["name"]) !== key)
    violations.push({ path: ["name"], rule: `must be "${key}", as the file and its export are named` });
  return violations;
}

/** Describes violations as the user reads them: file, path, rule and value. */
export const describeViolations = (key: string, literal: unknown, violations: readonly Violation[]) =>
  violations.map(
    ({ path, rule }) =>
      `${settingsFile(key)}: ${formatPath(path)} ${rule} (given ${format(valueOf(literal, path))})`,
  );

/** Formats a setting's value for an error. */
function format(value: unknown): string {
  if (value === undefined) return "nothing";
  return typeof value === "string" || isObject(value) ? JSON.stringify(value) : inspect(value);
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** Copies settings, without those at some paths. */
function omit(
  value: unknown,
  isOmitted: (path: PropertyKey[]) => boolean,
  path: PropertyKey[] = [],
): unknown {
  const inner = (key: PropertyKey, item: unknown) =>
    isOmitted([...path, key]) ? undefined : omit(item, isOmitted, [...path, key]);
  if (Array.isArray(value)) return value.map((item, index) => inner(index, item));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(key, item)]));
}

function valueOf(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key as never] : undefined), value);
}

/** Formats a path as in code: `network.zones[1]`. */
function formatPath(path: readonly PropertyKey[]): string {
  const keys = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`));
  return keys.join("").slice(1);
}
