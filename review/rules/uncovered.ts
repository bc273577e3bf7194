import { groupBy } from "../plan/group-by.ts";
import type { Plan, ResourceChange } from "../plan/plan.ts";
import {
  type Attributes,
  blocksOf,
  canonicalForm,
  isAttributes,
  isEmpty,
  isList,
  isSame,
  namesOfChanged,
  UNKNOWN,
  type Value,
} from "../plan/value.ts";
import { HARMLESS, HARMLESS_ANYWHERE } from "./harmless.ts";
import { type AttributesByType, CARE, type Rule, type RuleFinding } from "./rule.ts";

/** A change that no rule judges: the review can't call it safe. */
export const uncovered: Rule = {
  name: "uncovered",
  finds: [
    {
      level: CARE,
      what: "an attribute is updated that no rule judges, or a resource is created of a type that no rule knows",
    },
  ],
  reason:
    "The review says safe only of what it has judged. Of this change it knows nothing, neither good nor bad.",
  source: "docs/review.md#what-no-rule-covers",
  check: (plan, { judged, judgedNew }) => [
    ...plan.changes
      .filter(({ action, type }) => action === "create" && !judgedNew.has(type) && !(type in HARMLESS))
      .map((change) => finding(change, "created")),
    ...[...groupBy(plan.changes, ({ type }) => type)].flatMap(([type, changes]) => {
      const isCovered = coverageOf(type, judged);
      return changes.flatMap((change) => checkUpdate(change, plan, isCovered));
    }),
  ],
};

function checkUpdate(change: ResourceChange, plan: Plan, isCovered: Coverage): RuleFinding | [] {
  if (change.action !== "update") return [];
  const attributes = changedAttributes(change, plan, isCovered);
  return attributes.length === 0 ? [] : finding(change, `updated: ${attributes.join(", ")}`);
}

const finding = (change: ResourceChange, happens: string): RuleFinding => ({
  change,
  level: CARE,
  what: `No rule covers ${change.type} (${happens}).`,
  instead:
    "Read its differences below, and the documentation of the resource. If such a change does no harm, say so in review/rules/harmless.ts; if it can, write a rule.",
});

/** Whether a rule judges an attribute, or it is known to do no harm. */
type Coverage = (path: string) => boolean;

/** A block is covered attribute by attribute, to any depth; as a whole if any of them is. */
function coverageOf(type: string, judged: AttributesByType): Coverage {
  const known = new Set([...(judged[type] ?? []), ...(judged["*"] ?? []), ...(HARMLESS[type] ?? [])]);
  const blocks = new Set([...known].flatMap((path) => withBlocks(path).slice(0, -1)));
  return (path) => {
    const isWhole = HARMLESS_ANYWHERE.has(withBlocks(path)[0] ?? "") || known.has("*");
    return isWhole || blocks.has(path) || withBlocks(path).some((one) => known.has(one));
  };
}

/** A path and the blocks that it leads through, the outermost first: `a`, `a.b`, `a.b.c`. */
const withBlocks = (path: string): readonly string[] =>
  path.split(".").map((_, index, names) => names.slice(0, index + 1).join("."));

/**
 * The changed attributes that aren't covered, those of blocks as `block.attribute`, to any depth; without computed ones
 * that aren't known yet.
 */
function changedAttributes(change: ResourceChange, plan: Plan, isCovered: Coverage): string[] {
  const { before = {}, after = {} } = change;
  return namesOfChanged(before, after).flatMap((name) => {
    const [from, to] = [before[name], after[name]];
    const isBlocks = isBlock(from) && isBlock(to);
    if ((!isBlocks && isCovered(name)) || isSame(from, to) || isComputed(to, change, name, plan)) return [];
    const changed = isBlocks
      ? changedWithin(name, blocksOf(before, name), blocksOf(after, name), change, plan)
      : [name];
    return changed.filter((path) => !isCovered(path));
  });
}

/** Whether AWS is to compute a value, which isn't known yet. */
const isComputed = (value: Value | undefined, { address }: ResourceChange, path: string, plan: Plan) =>
  value === UNKNOWN && !plan.references.isConfigured(address, path);

const isBlock = (value: Value | undefined): boolean =>
  isEmpty(value) || (isList(value) && value.every(isAttributes));

/** The attributes with a value that no such block had before, and the block itself if there are fewer of them. */
function changedWithin(
  block: string,
  old: readonly Attributes[],
  now: readonly Attributes[],
  change: ResourceChange,
  plan: Plan,
): string[] {
  const names = [...new Set(now.flatMap((attributes) => Object.keys(attributes)))];
  const changed = names.filter((name) => {
    const path = `${block}.${name}`;
    const values = now.map((one) => one[name]).filter((value) => !isComputed(value, change, path, plan));
    const former = new Set(old.map((one) => canonicalForm(one[name])));
    // A further block may leave out what the others have.
    const counts = (value: Value | undefined) => now.length <= old.length || !isEmpty(value);
    return values.some((value) => counts(value) && !former.has(canonicalForm(value)));
  });
  const isRemoved = now.length < old.length || changed.length === 0;
  const deeper = changed.flatMap((name) => {
    const path = `${block}.${name}`;
    if (![...old, ...now].every((one) => isBlock(one[name]))) return [path];
    const [inOld, inNow] = [old, now].map((blocks) => blocks.flatMap((one) => blocksOf(one, name)));
    return changedWithin(path, inOld ?? [], inNow ?? [], change, plan);
  });
  return [...deeper, ...(isRemoved ? [block] : [])];
}
