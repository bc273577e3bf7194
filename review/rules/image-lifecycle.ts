import { blocksOf, canonicalForm, isAttributes, numberOf, parseJson, type Value } from "../plan/value.ts";
import type { Harm } from "./harm.ts";

/** Images that a rule of an ECR lifecycle policy deletes. */
interface Expiry {
  /** Which images it counts and how, in a form that can be compared. */
  readonly which: string;
  /** How many of them, or how many days, it keeps. */
  readonly keeps: number;
  readonly unit: string;
}

/** ECR deletes images that it kept, or deletes them earlier. */
export const expiresMoreImages: Harm = {
  line: "deletes images that it kept, or keeps fewer",
  describe(from, to) {
    const old = expiriesOf(from);
    const harmful = expiriesOf(to).find(
      ({ which, keeps }) => !old.some((former) => former.which === which && former.keeps <= keeps),
    );
    if (harmful === undefined) return undefined;
    const former = old.find(({ which }) => which === harmful.which);
    return `keeps only ${harmful.keeps} ${harmful.unit}${former ? ` instead of ${former.keeps}` : ", and deletes the others"}`;
  },
};

function expiriesOf(policy: Value | undefined): Expiry[] {
  const json = typeof policy === "string" ? parseJson(policy) : undefined;
  const rules = isAttributes(json) ? blocksOf(json, "rules") : [];
  return rules.flatMap((rule) => {
    const selection = rule["selection"];
    if (!isAttributes(selection)) return [];
    const { countNumber: _, ...which } = selection;
    const keeps = numberOf(selection, "countNumber") ?? 0;
    const unit = selection["countType"] === "sinceImagePushed" ? "days of images" : "images";
    return [{ which: canonicalForm(which), keeps, unit }];
  });
}
