import { allRules } from "../../review/rules/all-rules.ts";
import type { Levels } from "../../review/rules/rule.ts";
import { table } from "./markdown.ts";

/** The rules of the plan review: what each finds, how serious it is, and why it matters. */
export function ruleTable(): string {
  const levels = allRules.flatMap(({ name, finds }) =>
    finds.map(({ level, what }, index) => [index === 0 ? `\`${name}\`` : "", what, inWords(level)]),
  );
  const reasons = allRules.map(
    ({ name, reason, source }) => `- \`${name}\`: ${reason} [Source](${withinDocument(source)})`,
  );
  return [table(["rule", "finds", "level"], levels), "Why each matters:", reasons.join("\n")].join("\n\n");
}

const inWords = ({ protected: inProtected, elsewhere }: Levels) =>
  inProtected === elsewhere ? elsewhere : `${inProtected} / ${elsewhere}`;

/** A link to a heading of this document, or to anything else. */
const withinDocument = (source: string) => source.replace(/^docs\/review\.md(?=#)/, "");
