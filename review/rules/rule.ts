import type { Plan, ResourceChange } from "../plan/plan.ts";

/** How much a finding weighs. */
export type Level = "blocked" | "care";

/** The level where data is protected, and elsewhere. */
export interface Levels {
  readonly protected: Level;
  readonly elsewhere: Level;
}

export const BLOCKED: Levels = { protected: "blocked", elsewhere: "blocked" };
export const CARE: Levels = { protected: "care", elsewhere: "care" };
export const BLOCKED_WHERE_PROTECTED: Levels = { protected: "blocked", elsewhere: "care" };

/** What a rule found in a plan. */
export interface RuleFinding {
  readonly change: ResourceChange;
  readonly level: Levels;
  /** What happens; a sentence. */
  readonly what: string;
  /** Why it matters, where it isn't the rule's own reason. */
  readonly why?: string;
  /** What to do instead; a sentence. */
  readonly instead: string;
}

/** What a rule may know beside the plan. */
export interface ReviewContext {
  /** Whether every table here has to have prevent_destroy in the code. */
  readonly requiresPreventDestroy: boolean;
  /** The names of the buckets that hold Terraform's state. */
  readonly stateBuckets: readonly string[];
  /** The addresses of what Terraform refuses to destroy in this plan. */
  readonly refused: readonly string[];
  /** The synthesized code before the change; undefined where it isn't known. */
  readonly declarationsBefore?: Plan["declarations"] | undefined;
}

/** Something that a change can do to data, to the trigger, or to who may do what. */
export interface Rule {
  /** What an exception calls it; never renamed. */
  readonly name: string;
  /** Why it matters; a sentence or two. */
  readonly reason: string;
  /** Where that is written. */
  readonly source: string;
  check(plan: Plan, context: ReviewContext): readonly RuleFinding[] | Promise<readonly RuleFinding[]>;
}
