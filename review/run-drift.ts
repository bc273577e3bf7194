import type { Environment } from "../config/environment.ts";
import { reviewDrift } from "./review-drift.ts";
import { jsonReport } from "./report/json-report.ts";
import { EXIT_CODES, printReview } from "./print-review.ts";

/**
 * Prints what changed in an environment outside Terraform, and what is not applied yet.
 * @returns the exit code: 0 no changes, 2 changes, 3 blocked.
 * @throws UserError if Terraform can't plan.
 */
export async function runDrift(environment: Environment, format: "text" | "json"): Promise<number> {
  const { drift, pending } = await reviewDrift(environment);
  const reviews = [drift, pending];
  if (format === "json") console.log(jsonReport({ drift, pending }));
  else for (const document of reviews) printReview(document, "text");
  if (reviews.some(({ verdict }) => verdict === "blocked")) return EXIT_CODES.blocked;
  return reviews.some(({ verdict, changes }) => changes || verdict === "care") ? EXIT_CODES.care : 0;
}
