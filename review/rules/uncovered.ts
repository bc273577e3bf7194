import type { Plan, ResourceChange } from "../plan/plan.ts";
import {
  type Attributes,
  blocksOf,
  canonicalForm,
  isAttributes,
  isEmpty,
  isList,
  isSame,
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
  check: (plan, { judged }) => plan.changes.flatMap((change) => checkChange(change, plan, judged)),
};

function checkChange(change: ResourceChange, plan: Plan, judged: AttributesByType): RuleFinding | [] {
  const { action, type } = change;
  if (action === "create") return isKnown(type, judged) ? [] : finding(change, "created");
  if (action !== "update") return [];
  const attributes = changedAttributes(change, plan).filter((path) => !isCovered(type, path, judged));
  return attributes.length === 0 ? [] : finding(change, `updated: ${attributes.join(", ")}`);
}

const finding = (change: ResourceChange, happens: string): RuleFinding => ({
  change,
  level: CARE,
  what: `No rule covers ${change.type} (${happens}).`,
  instead:
    "Read its differences below, and the documentation of the resource. If such a change does no harm, say so in review/rules/harmless.ts; if it can, write a rule.",
});

const isKnown = (type: string, judged: AttributesByType) => type in judged || type in HARMLESS;

/** Whether a rule judges the attribute, or it is known to do no harm; a block is covered attribute by attribute. */
function isCovered(type: string, path: string, judged: AttributesByType): boolean {
  const [name = ""] = path.split(".");
  const known = [...(judged[type] ?? []), ...(judged["*"] ?? []), ...(HARMLESS[type] ?? [])];
  if (HARMLESS_ANYWHERE.has(name) || known.includes("*")) return true;
  return known.includes(name) || known.includes(path) || (name === path && known.some(isWithin(path)));
}

const isWithin = (block: string) => (path: string) => path.startsWith(`${block}.`);

/** The attributes that change, those of blocks as `block.attribute`; without computed ones that aren't known yet. */
function changedAttributes({ address, before = {}, after = {} }: ResourceChange, plan: Plan): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    if (isSame(before[name], after[name])) return [];
    if (after[name] === UNKNOWN && !plan.references.isConfigured(address, name)) return [];
    return isBlock(before[name]) && isBlock(after[name]) ? changedWithin(name, before, after) : [name];
  });
}

const isBlock = (value: Value | undefined): boolean =>
  isEmpty(value) || (isList(value) && value.every(isAttributes));

function changedWithin(block: string, before: Attributes, after: Attributes): string[] {
  const [old, now] = [blocksOf(before, block), blocksOf(after, block)];
  const names = new Set([...old, ...now].flatMap((attributes) => Object.keys(attributes)));
  // Of another number of blocks, only values that none had before count.
  const valuesOf = (blocks: readonly Attributes[], name: string) => {
    const values = blocks.map((one) => canonicalForm(one[name]));
    return old.length === now.length ? values : [...new Set(values)];
  };
  const changed = [...names].filter((name) => !isSame(valuesOf(old, name), valuesOf(now, name)));
  return changed.map((name) => `${block}.${name}`);
}
