import type { ResourceChange } from "../plan.ts";
import { CARE, type Found, type Rule } from "../rule.ts";
import {
  type Attributes,
  blocksOf,
  holdsUnproven,
  isSame,
  isUnproven,
  UNKNOWN,
  type Value,
} from "../value.ts";
import { POLICY_ATTRIBUTES } from "./policy-wider.ts";

/** What the other rules look at, by type. A block's name stands for all that is in it. */
const GUARDED: Readonly<Record<string, readonly string[]>> = {
  aws_dynamodb_table: [
    "billing_mode",
    "deletion_protection_enabled",
    "global_secondary_index",
    "hash_key",
    "name",
    "on_demand_throughput",
    "point_in_time_recovery",
    "range_key",
    "read_capacity",
    "replica",
    "server_side_encryption",
    "stream_enabled",
    "stream_view_type",
    "ttl",
    "write_capacity",
  ],
  aws_lambda_event_source_mapping: [
    "bisect_batch_on_function_error",
    "destination_config",
    "enabled",
    "event_source_arn",
    "filter_criteria",
    "function_name",
    "function_response_types",
    "maximum_record_age_in_seconds",
    "maximum_retry_attempts",
  ],
  aws_vpc_endpoint: ["route_table_ids", "service_name"],
  aws_kms_key: ["is_enabled"],
};

/** A plan that can't say what becomes of something that the other rules guard. */
export const unproven: Rule = {
  name: "unproven",
  reason: "What is known only after apply can't be judged before: it may be anything, the harm included.",
  source: "https://developer.hashicorp.com/terraform/language/expressions/references#values-not-yet-known",
  judge: (plan) => [
    ...plan.changes.filter(({ action }) => action === "update").flatMap(judgeChange),
    ...plan.deferred.map(({ change, reason }) => ({
      change,
      level: CARE,
      what: `Terraform puts ${change.address} off to a later plan (${reason}).`,
      instead: "Apply what it waits for first, and plan again.",
    })),
  ],
};

function judgeChange(change: ResourceChange): Found[] {
  const guarded = [...(GUARDED[change.type] ?? []), ...POLICY_ATTRIBUTES];
  const unknown = guarded.filter((attribute) => isOpen(change, attribute));
  if (unknown.length === 0) return [];
  const hidden = unknown.every((attribute) => !holdsUnknown(change.after?.[attribute]));
  return [
    {
      change,
      level: CARE,
      what: `${unknown.join(", ")} of ${change.address} ${hidden ? "can't be seen, since marked sensitive" : "will be known only after apply"}: unproven.`,
      instead: hidden
        ? "Take the mark off: none of this is a secret."
        : "Apply what it depends on first, in a change of its own, and plan again; or write the value itself.",
    },
  ];
}

/** Computed parts that nobody sets may well be unknown: only what had a value and now has none in sight counts. */
function isOpen({ before, after }: ResourceChange, attribute: string): boolean {
  const [was, is] = [before?.[attribute], after?.[attribute]];
  if (is === undefined || !holdsUnproven(is)) return false;
  return isUnproven(is) ? !isSame(was, is) : blocksDiffer(before, after, attribute);
}

const blocksDiffer = (before: Attributes | undefined, after: Attributes | undefined, attribute: string) =>
  !isSame([...blocksOf(before, attribute)], [...blocksOf(after, attribute)]) ||
  !isSame(before?.[attribute], after?.[attribute]);

const holdsUnknown = (value: Value | undefined): boolean =>
  value === UNKNOWN || (!isUnproven(value) && holdsUnproven(value));
