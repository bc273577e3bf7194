import { join } from "node:path";
import type { Environment } from "../../config/environment.ts";
import { readDeclarations } from "../../review/plan/declarations.ts";
import type { Finding, ReviewDocument } from "../../review/report/document.ts";
import { planFromJson } from "../../review/plan/plan.ts";
import { reviewPlan, type ReviewSubject } from "../../review/review-plan.ts";
import type { RealPlan } from "./deployed-environment.ts";

/** The review of a real plan, as of an environment where data is protected or not. */
export async function judged(
  { json, folder, refused }: RealPlan,
  environment: Environment,
  subject: Partial<ReviewSubject> = {},
): Promise<ReviewDocument> {
  const declarations = readDeclarations(join(folder, "cdk.tf.json"));
  return reviewPlan(planFromJson([json], declarations), {
    name: environment.name,
    environment,
    refused,
    ...subject,
  });
}

/** "level rule: what" of each finding, to compare. */
export const told = ({ findings }: ReviewDocument): string[] =>
  findings.map(({ level, rule, what }) => `${level} ${rule}: ${what}`);

/** The findings of a rule, or of one resource under it. */
export const of = ({ findings }: ReviewDocument, rule: string, address = ""): Finding[] =>
  findings.filter((finding) => finding.rule === rule && finding.address.startsWith(address));
