import type { ResourceChange } from "../plan/plan.ts";
import {
  type Attributes,
  blocksOf,
  contains,
  isList,
  isSame,
  isUnknownOrHidden,
  UNKNOWN,
  type Value,
} from "../plan/value.ts";
import { POLICY_ATTRIBUTES } from "./policies-of.ts";
import { CARE, type Rule, type RuleFinding } from "./rule.ts";

/** The attributes that the other rules check, by resource type, as `attribute` or `block.attribute`. */
const CHECKED: Readonly<Record<string, readonly string[]>> = {
  aws_dynamodb_table: [
    "billing_mode",
    "deletion_protection_enabled",
    "global_secondary_index.hash_key",
    "global_secondary_index.name",
    "global_secondary_index.projection_type",
    "global_secondary_index.range_key",
    "hash_key",
    "name",
    "on_demand_throughput.max_read_request_units",
    "on_demand_throughput.max_write_request_units",
    "point_in_time_recovery.enabled",
    "point_in_time_recovery.recovery_period_in_days",
    "range_key",
    "read_capacity",
    "replica.region_name",
    "server_side_encryption.enabled",
    "server_side_encryption.kms_key_arn",
    "stream_enabled",
    "stream_view_type",
    "ttl.attribute_name",
    "ttl.enabled",
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

/** An attribute that the other rules check is known only after apply, or hidden. */
export const unproven: Rule = {
  name: "unproven",
  finds: [{ level: CARE, what: "a value that other rules check is hidden, or known only after apply" }],
  reason:
    "A value that is known only after apply can't be checked before: it may be anything, including harmful.",
  source: "https://developer.hashicorp.com/terraform/language/expressions/references#values-not-yet-known",
  check: (plan) => [
    ...plan.changes.filter(({ action }) => action === "update").flatMap(checkChange),
    ...plan.deferred.map(({ change, reason }) => ({
      change,
      level: CARE,
      what: `Terraform defers ${change.address} to a later plan (${reason}).`,
      instead: "First apply what it depends on, and plan again.",
    })),
  ],
};

function checkChange(change: ResourceChange): RuleFinding | [] {
  const { type, before, after } = change;
  const paths = [...(CHECKED[type] ?? []), ...POLICY_ATTRIBUTES].filter((path) =>
    isUnproven(valuesAt(before, path), valuesAt(after, path)),
  );
  if (paths.length === 0) return [];
  const isUnknown = paths.some((path) => contains(valuesAt(after, path), isUnknownValue));
  return {
    change,
    level: CARE,
    what: `${paths.join(", ")} of ${change.address} can't be checked: ${isUnknown ? "known only after apply" : "marked sensitive"}.`,
    instead: isUnknown
      ? "First apply what it depends on, in a separate change, and plan again; or write the value literally."
      : "Remove the sensitive mark: none of these values is a secret.",
  };
}

/** Whether a new value is unknown or hidden; a hidden value that stays the same is not. */
function isUnproven(before: readonly Value[], after: readonly Value[]): boolean {
  const isKept = before.length > 0 && before.every((value, index) => containsAll(after[index], value));
  if (isKept || !contains(after, isUnknownOrHidden)) return false;
  return contains(after, isUnknownValue) || !isSame(before, after);
}

/** Whether a list still has all its former items; the added ones may be unknown. */
const containsAll = (list: Value | undefined, former: Value): boolean =>
  isList(former) &&
  isList(list) &&
  former.length > 0 &&
  former.every((item) => list.some((other) => isSame(item, other)));

/** The values of an attribute, one for each block if the path leads into blocks; the attribute itself if it is unknown. */
function valuesAt(attributes: Attributes | undefined, path: string): readonly Value[] {
  const [name = "", part] = path.split(".");
  const value = attributes?.[name];
  if (value === undefined) return [];
  if (part === undefined || isUnknownOrHidden(value)) return [value];
  return blocksOf(attributes, name).map((block) => block[part] ?? null);
}

const isUnknownValue = (value: Value): boolean => value === UNKNOWN;
