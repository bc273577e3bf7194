import type { Plan, ResourceChange } from "../plan/plan.ts";

/** How serious a finding is. "blocked": must not be applied; "care": a person has to look at it. */
export type Level = "blocked" | "care";

/** The level in an environment where data is protected, and in any other. */
export interface Levels {
  readonly protected: Level;
  readonly elsewhere: Level;
}

export const BLOCKED: Levels = { protected: "blocked", elsewhere: "blocked" };
export const CARE: Levels = { protected: "care", elsewhere: "care" };
export const BLOCKED_WHERE_PROTECTED: Levels = { protected: "blocked", elsewhere: "care" };

/** What a rule found in a plan. */
export interface RuleFinding {
  /** The resource, or what else of the plan it is about. */
  readonly change: Pick<ResourceChange, "address" | "path">;
  readonly level: Levels;
  /** What happens; a sentence. */
  readonly what: string;
  /** Why it matters. Default: the rule's reason. */
  readonly why?: string;
  /** What to do instead; a sentence. */
  readonly instead: string;
}

/** Attributes by resource type: each as `attribute`, or as `block.attribute`. */
export type AttributesByType = Readonly<Record<string, readonly string[]>>;

/** The attributes of several tables together. */
export function mergeAttributes(...tables: readonly AttributesByType[]): AttributesByType {
  const merged: Record<string, readonly string[]> = {};
  for (const table of tables)
    for (const [type, attributes] of Object.entries(table))
      merged[type] = [...(merged[type] ?? []), ...attributes];
  return merged;
}

/** What rules can know besides the plan. */
export interface ReviewContext {
  /** Whether every table must have prevent_destroy in the code. */
  readonly requiresPreventDestroy: boolean;
  /** The names of the buckets that hold Terraform's state. */
  readonly stateBuckets: readonly string[];
  /** The addresses of the resources that Terraform refuses to destroy. */
  readonly refused: readonly string[];
  /** The attributes that rules judge, by resource type; those of "*" in any type. */
  readonly judged: AttributesByType;
  /** The types whose new resources rules judge. */
  readonly judgedNew: ReadonlySet<string>;
  /** The synthesized code before the change; undefined if it isn't known. */
  readonly declarationsBefore?: Plan["declarations"] | undefined;
}

/** A case that a rule finds, for `docs/review.md`. */
export interface Found {
  readonly level: Levels;
  /** Part of a sentence: "the rule finds that …". */
  readonly what: string;
}

/** Finds one kind of risk in a plan: to data, to the trigger or by wider access. */
export interface Rule {
  /** The name that exceptions use; never renamed. */
  readonly name: string;
  /** What it finds, and how serious that is. */
  readonly finds: readonly Found[];
  /**
   * The attributes whose changes it judges; those of "*" in any type. `unproven` reports those that aren't known; a
   * change of any other is `uncovered`. Default: none.
   */
  readonly judges?: AttributesByType;
  /**
   * The types whose new resources it judges too: the creation of any other is `uncovered`, unless it is known to do no
   * harm. Default: none.
   */
  readonly judgesNew?: readonly string[];
  /** Whether it speaks only of resources of which no other rule finds anything. Default: false. */
  readonly onlyIfNoOther?: boolean;
  /** Why it matters; a sentence or two. */
  readonly reason: string;
  /** A link to the documentation behind it. */
  readonly source: string;
  check(plan: Plan, context: ReviewContext): readonly RuleFinding[] | Promise<readonly RuleFinding[]>;
}
