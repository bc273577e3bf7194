import type { Plan, ResourceChange } from "../plan/plan.ts";
import {
  contains,
  isAttributes,
  isEmpty,
  isList,
  isSame,
  isUnknownOrHidden,
  UNKNOWN,
  type Value,
  valuesAt,
} from "../plan/value.ts";
import { CARE, type Rule, type RuleFinding } from "./rule.ts";

/** An attribute that the other rules check is known only after apply, or hidden. */
export const unproven: Rule = {
  name: "unproven",
  finds: [{ level: CARE, what: "a value that other rules check is hidden, or known only after apply" }],
  reason:
    "A value that is known only after apply can't be checked before: it may be anything, including harmful.",
  source: "https://developer.hashicorp.com/terraform/language/expressions/references#values-not-yet-known",
  check: (plan, { judged }) => [
    ...plan.changes
      .filter(({ action }) => action === "update")
      .flatMap((change) =>
        checkChange(change, plan, [...(judged[change.type] ?? []), ...(judged["*"] ?? [])]),
      ),
    ...plan.deferred.map(({ change, reason }) => ({
      change,
      level: CARE,
      what: `Terraform defers ${change.address} to a later plan (${reason}).`,
      instead: "First apply what it depends on, and plan again.",
    })),
  ],
};

function checkChange(change: ResourceChange, plan: Plan, judged: readonly string[]): RuleFinding | [] {
  const { before, after = {}, address } = change;
  const open = new Set(Object.keys(after).filter((name) => contains(after[name] ?? null, isUnknownOrHidden)));
  const paths = judged.filter((path) => {
    if (!open.has(path.split(".")[0] ?? "")) return false;
    const former = valuesAt(before, path);
    const isConfigured = (within: string) => plan.references.isConfigured(address, within);
    const values = valuesAt(after, path).map((value) => withoutComputed(value, path, isConfigured));
    if (!contains(values, isUnknownOrHidden)) return false;
    // AWS computes it where there was nothing to lose.
    const isNew = former.every((value) => value === 0 || isEmpty(value));
    return (!isNew || isConfigured(path)) && isUnproven(former, values);
  });
  if (paths.length === 0) return [];
  const isUnknown = paths.some((path) => contains(valuesAt(after, path), isUnknownValue));
  return {
    change,
    level: CARE,
    what: `${paths.join(", ")} of ${change.address} can't be checked: ${isUnknown ? "known only after apply" : "marked sensitive"}.`,
    instead: isUnknown
      ? "First apply what it depends on, in a separate change, and plan again; or write the value literally."
      : "Remove the sensitive mark: none of these values is a secret.",
  };
}

/** A block without what AWS computes in it. */
function withoutComputed(value: Value, path: string, isConfigured: (path: string) => boolean): Value {
  if (isList(value)) return value.map((item) => withoutComputed(item, path, isConfigured));
  if (!isAttributes(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      const place = `${path}.${name}`;
      return [name, isConfigured(place) ? withoutComputed(part, place, isConfigured) : null];
    }),
  );
}

/** Whether a new value is unknown or hidden; a hidden value that stays the same is not. */
function isUnproven(before: readonly Value[], after: readonly Value[]): boolean {
  const isKept = before.length > 0 && before.every((value, index) => containsAll(after[index], value));
  return !isKept && (contains(after, isUnknownValue) || !isSame(before, after));
}

/** Whether a list still has all its former items; the added ones may be unknown. */
const containsAll = (list: Value | undefined, former: Value): boolean =>
  isList(former) &&
  isList(list) &&
  former.length > 0 &&
  former.every((item) => list.some((other) => isSame(item, other)));

const isUnknownValue = (value: Value): boolean => value === UNKNOWN;
