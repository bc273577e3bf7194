import { groupBy } from "../plan/group-by.ts";
import type { Plan, ResourceChange } from "../plan/plan.ts";
import { isUnknownOrHidden, valueAt } from "../plan/value.ts";
import { type AttributesByType, type Found, type Levels, mergeAttributes, type RuleFinding } from "./rule.ts";
import type { Harm } from "./harm.ts";
import { nameOf } from "./wording.ts";

/** A setting of resources, and the changes of it that do harm. */
export interface HarmfulSetting {
  readonly types: readonly string[];
  /** `attribute`, or `block.attribute` of the first such block. */
  readonly attribute: string;
  /** What the setting is, as the subject of a sentence: "deletion protection". */
  readonly is: string;
  readonly harm: Harm;
  readonly level: Levels;
  /** Whether it does harm on a new resource too. Default: false. */
  readonly alsoNew?: boolean;
  /** Of which of these resources it is a setting that counts. Default: all. */
  readonly appliesTo?: (change: ResourceChange, plan: Plan) => boolean;
  /** The words for that in `finds`: "if an event source mapping invokes it". Default: none. */
  readonly appliesIf?: string;
  /** Default: the rule's reason. */
  readonly why?: string;
  readonly instead: string;
}

/** What the settings find in the resources that are updated, replaced or, if they say so, created. */
export const checkSettings = (plan: Plan, settings: readonly HarmfulSetting[]): RuleFinding[] =>
  settings.flatMap((setting) =>
    plan
      .ofType(...setting.types)
      .filter((change) => setting.appliesTo?.(change, plan) ?? true)
      .flatMap((change) => checkSetting(change, setting)),
  );

function checkSetting(change: ResourceChange, setting: HarmfulSetting): RuleFinding | [] {
  const { action, before, after } = change;
  if (action === "create" ? !setting.alsoNew : action !== "update" && action !== "replace") return [];
  const { attribute, is, harm, level, why, instead } = setting;
  const [from, to] = [valueAt(before, attribute), valueAt(after, attribute)];
  if (isUnknownOrHidden(to)) return [];
  const happens = harm.describe(from, to);
  if (happens === undefined) return [];
  return {
    change,
    level,
    what: `${capitalized(is)} of ${nameOf(change)} ${happens}.`,
    ...(why !== undefined && { why }),
    instead,
  };
}

/** The text with a capital letter at its beginning. */
export const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** What `finds` of a rule says of these settings: one case for each setting and level. */
export function findsOfSettings(settings: readonly HarmfulSetting[]): Found[] {
  const cases = groupBy(settings, ({ is, harm, level, alsoNew, appliesIf }) =>
    JSON.stringify([is, harm.line, level, alsoNew, appliesIf]),
  );
  return [...cases.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const types = [...new Set(group.flatMap((one) => one.types))].map((type) => `\`${type}\``);
    const also = first.alsoNew ? ", also of a new resource" : "";
    const when = first.appliesIf === undefined ? "" : `, ${first.appliesIf}`;
    return { level: first.level, what: `${first.is} ${first.harm.line}${also}${when} (${types.join(", ")})` };
  });
}

/** What `judgesNew` of a rule says of these settings. */
export const typesJudgedNew = (settings: readonly HarmfulSetting[]): readonly string[] =>
  settings.flatMap(({ types, alsoNew }) => (alsoNew ? types : []));

/** What `judges` of a rule says of these settings. */
export const judgedSettings = (settings: readonly HarmfulSetting[]): AttributesByType =>
  mergeAttributes(
    ...settings.map(({ types, attribute }) => Object.fromEntries(types.map((type) => [type, [attribute]]))),
  );
