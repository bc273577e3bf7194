import type { Plan, ResourceChange } from "../plan/plan.ts";
import {
  type Attributes,
  blocksOf,
  contains,
  isEmpty,
  isList,
  isSame,
  isUnknownOrHidden,
  UNKNOWN,
  type Value,
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
  const { before, after, address } = change;
  const paths = judged.filter((path) => {
    const [former, values] = [valuesAt(before, path), valuesAt(after, path)];
    if (!contains(values, isUnknownOrHidden)) return false;
    // AWS computes it where there was nothing to lose.
    const isNew = former.every((value) => value === 0 || isEmpty(value));
    return (!isNew || plan.references.isConfigured(address, path)) && isUnproven(former, values);
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

/** The values of an attribute, one for each block if the path leads into blocks; the attribute itself if it is unknown. */
function valuesAt(attributes: Attributes | undefined, path: string): readonly Value[] {
  const [name = "", part] = path.split(".");
  const value = attributes?.[name];
  if (value === undefined) return [];
  if (part === undefined || isUnknownOrHidden(value)) return [value];
  return blocksOf(attributes, name).map((block) => block[part] ?? null);
}

const isUnknownValue = (value: Value): boolean => value === UNKNOWN;
