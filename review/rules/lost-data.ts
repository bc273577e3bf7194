import type { ResourceChange } from "../plan/plan.ts";
import { dataTypes, lostWith } from "./data-types.ts";
import { findRenames } from "./rename.ts";
import { BLOCKED, type Rule, type RuleFinding } from "./rule.ts";
import { forcedBy, isRemoved, nameOf } from "./wording.ts";

/** Types whose loss a rule of their own reports. */
const OWN_RULE = new Set([
  "aws_dynamodb_table",
  "aws_dynamodb_global_table",
  "aws_dynamodb_table_replica",
  "aws_kms_key",
  "aws_kms_external_key",
  "aws_kms_replica_key",
]);

/** A resource that holds data is deleted, replaced or removed from the state. */
export const lostData: Rule = {
  name: "lost-data",
  finds: [
    {
      level: BLOCKED,
      what: "any other resource that holds data is deleted, replaced or removed from the state: buckets, file systems, databases, caches, user pools, queues and streams, secrets and keys, backups, log groups, stacks of CloudFormation (`review/rules/data-types.ts` lists them)",
    },
  ],
  reason: "What it holds can't be made again by an apply, and mostly not restored either.",
  source: "https://developer.hashicorp.com/terraform/language/resources/syntax#removing-resources",
  check(plan) {
    const renamed = new Set(findRenames(plan).map(({ removed }) => removed));
    return plan.changes
      .filter((change) => dataTypes.has(change.type) && !OWN_RULE.has(change.type))
      .filter((change) => isRemoved(change) && !renamed.has(change))
      .map(lost);
  },
};

function lost(change: ResourceChange): RuleFinding {
  const { type, action } = change;
  const resource = `${type} ${nameOf(change)}`;
  const what = lostWith(type) ?? "what it holds";
  if (action === "forget")
    return {
      change,
      level: BLOCKED,
      what: `${resource} is removed from Terraform's state: it stays in AWS with ${what}, but nothing manages it any more.`,
      why: "Terraform can't protect or restore what is not in its state, and the next apply of the same code may fail because the name is taken.",
      instead: "Keep it in the code, or import it into another state first.",
    };
  return {
    change,
    level: BLOCKED,
    what: `${resource} is ${action === "delete" ? "deleted" : `replaced${forcedBy(change)}`}: ${what} would be lost.`,
    instead:
      "Keep it. If what it holds is no longer needed, or is saved elsewhere, say so in an exception with the change that deletes it.",
  };
}
