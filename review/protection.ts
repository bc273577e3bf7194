import type { Environment } from "../config/environment.ts";
import type { Plan } from "./plan/plan.ts";
import { blockOf } from "./plan/value.ts";

/** Whether a plan is judged as one where data is protected, and how that is known. */
export interface Protection {
  readonly protected: boolean;
  readonly because: string;
}

/**
 * Ours say it themselves, of others the plan tells. An environment that no longer calls itself protected is still
 * judged so as long as all its tables carry the guards: a change can't take off the guard and the rule in one go.
 */
export function determineProtection(plan: Plan, environment?: Environment): Protection {
  const guarded = guardedTables(plan);
  if (environment?.protected === true)
    return { protected: true, because: `config/environments/${environment.name}.ts says protected` };
  if (environment && guarded.all)
    return {
      protected: true,
      because: `config/environments/${environment.name}.ts says unprotected, but every table there is guarded against deletion and loss until now`,
    };
  if (environment)
    return { protected: false, because: `config/environments/${environment.name}.ts says unprotected` };
  return guarded.any
    ? { protected: true, because: "the plan shows a table with deletion protection" }
    : { protected: false, because: "no table of the plan has deletion protection" };
}

/** Which tables are guarded as they are now, before the plan is applied. */
function guardedTables(plan: Plan): { any: boolean; all: boolean } {
  const tables = plan.ofType("aws_dynamodb_table").flatMap(({ before }) => (before ? [before] : []));
  const kept = tables.map((table) => table["deletion_protection_enabled"] === true);
  const restorable = tables.map((table) => blockOf(table, "point_in_time_recovery")?.["enabled"] === true);
  return {
    any: kept.includes(true),
    all: tables.length > 0 && ![...kept, ...restorable].includes(false),
  };
}
