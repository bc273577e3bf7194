import { beforeAll, expect, test } from "@jest/globals";
import { planFromJson } from "../../review/plan/plan.ts";
import type { Finding, ReviewDocument } from "../../review/report/document.ts";
import { reviewPlan } from "../../review/review-plan.ts";
import type { PlanJson } from "../../terraform/plan-json.ts";
import { describeWith } from "../support/requirements.ts";
import { dev } from "../support/environments.ts";
import { allRules } from "../../review/rules/all-rules.ts";
import { allCases as cases } from "./cases/all-cases.ts";
import { addressOf, planCases } from "./planned-cases.ts";

const PATIENCE = 300_000;

describeWith(["terraform"], "settings, planned by the real provider", () => {
  const reviews = new Map<string, ReviewDocument>();

  beforeAll(async () => {
    const { harmful, harmless } = await planCases(cases);
    const review = async (json: PlanJson, isProtected: boolean) =>
      reviewPlan(planFromJson([json]), { name: "dev", environment: { ...dev, protected: isProtected } });
    reviews.set("harmful", await review(harmful, true));
    reviews.set("harmful elsewhere", await review(harmful, false));
    reviews.set("harmless", await review(harmless, true));
  }, PATIENCE);

  const findingsAt = (which: string, name: string): readonly Finding[] => {
    const one = cases[name];
    const address = one && addressOf(name, one);
    return (reviews.get(which)?.findings ?? []).filter((finding) => finding.address === address);
  };

  test.each(Object.entries(cases))("%s", (name, { rule, finds }) => {
    const elsewhere = findingsAt("harmful elsewhere", name);
    const found = findingsAt("harmful", name).map((finding) => {
      const same = elsewhere.find(({ what }) => what === finding.what);
      return `${finding.rule}: ${finding.level}/${same?.level ?? "none"} ${finding.what}`;
    });
    expect(found).toContainEqual(expect.stringContaining(`${rule}: ${finds}`));
    expect(findingsAt("harmless", name)).toEqual([]);
  });

  test("each level that these rules declare is in a case, and no other", () => {
    const rules = new Set(Object.values(cases).map(({ rule }) => rule));
    const levels = Object.values(cases).map(({ rule, finds }) => `${rule} ${finds.split(" ")[0] ?? ""}`);
    const declared = allRules
      .filter(({ name }) => rules.has(name))
      .flatMap(({ name, finds }) =>
        finds.map(({ level }) => `${name} ${level.protected}/${level.elsewhere}`),
      );
    expect([...new Set(levels)].sort()).toEqual([...new Set(declared)].sort());
  });
});
