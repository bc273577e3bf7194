import type { Environment } from "../config/environment.ts";
import type { Plan } from "./plan/plan.ts";
import { type Attributes, blockOf } from "./plan/value.ts";

/** Whether data is protected in the environment of a plan, and how the review knows. */
export interface Protection {
  readonly protected: boolean;
  readonly because: string;
}

/**
 * The project's environments declare whether data is protected; in any other plan, a table with deletion protection
 * shows it. An environment stays protected until the tables' own protection is off: so one change can't turn off both
 * the protection and the rules for it.
 */
export function determineProtection(plan: Plan, environment?: Environment): Protection {
  const tables = plan.ofType("aws_dynamodb_table").flatMap(({ before }) => (before ? [before] : []));
  const isKept = (table: Attributes) => table["deletion_protection_enabled"] === true;
  const isRestorable = (table: Attributes) => blockOf(table, "point_in_time_recovery")?.["enabled"] === true;
  if (!environment)
    return tables.some(isKept)
      ? { protected: true, because: "a table in the plan has deletion protection" }
      : { protected: false, because: "no table in the plan has deletion protection" };
  const file = `config/environments/${environment.name}.ts`;
  if (environment.protected) return { protected: true, because: `protected is true in ${file}` };
  return tables.length > 0 && tables.every((table) => isKept(table) && isRestorable(table))
    ? {
        protected: true,
        because: `protected is false in ${file}, but so far every table has deletion protection and point-in-time recovery`,
      }
    : { protected: false, because: `protected is false in ${file}` };
}
