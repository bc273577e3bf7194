import type { Environment } from "../config/environment.ts";
import type { Declarations } from "./plan/declarations.ts";
import type { ReviewDocument } from "./report/document.ts";
import type { ReviewException } from "./exceptions.ts";
import type { Plan } from "./plan/plan.ts";
import { protectionOf } from "./protection.ts";
import { review } from "./review.ts";

/** Whose plan it is, and what else is known. */
export interface Subject {
  /** What the review calls it. */
  readonly name: string;
  /** The environment of ours that it is of. Default: none, and the plan tells what it can. */
  readonly environment?: Environment | undefined;
  readonly exceptions?: readonly ReviewException[];
  /** The synthesized code before the change. Default: not known. */
  readonly declaredBefore?: Declarations | undefined;
  /** The addresses of what Terraform refuses to destroy in this plan. Default: none. */
  readonly refused?: readonly string[];
  readonly notes?: readonly string[];
}

/** Reviews a plan as one of an environment of ours, or of anybody's. */
export async function reviewPlan(plan: Plan, subject: Subject): Promise<ReviewDocument> {
  const { name, environment, exceptions = [], declaredBefore, refused = [], notes = [] } = subject;
  return review(plan, {
    subject: name,
    protection: protectionOf(plan, environment),
    requiresPreventDestroy: environment?.protected === true,
    stateBuckets: environment ? [environment.state.bucket] : [],
    refused,
    declaredBefore,
    exceptions: exceptions.filter(
      (exception) => exception.environment === undefined || exception.environment === environment?.name,
    ),
    notes,
  });
}
