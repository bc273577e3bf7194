import type { ResourceChange } from "../plan/plan.ts";
import { CARE, type RuleFinding, type Rule } from "./rule.ts";
import {
  type Attributes,
  blocksOf,
  containsUnknownOrHidden,
  isAttributes,
  isList,
  isSame,
  isUnknownOrHidden,
  UNKNOWN,
  type Value,
} from "../plan/value.ts";
import { POLICY_ATTRIBUTES } from "./policy-wider.ts";

/** What the other rules look at, by type; of a block, the attributes in it. */
const GUARDED: Readonly<Record<string, readonly string[]>> = {
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

/** A plan that can't say what becomes of something that the other rules guard. */
export const unproven: Rule = {
  name: "unproven",
  reason: "What is known only after apply can't be judged before: it may be anything, the harm included.",
  source: "https://developer.hashicorp.com/terraform/language/expressions/references#values-not-yet-known",
  check: (plan) => [
    ...plan.changes.filter(({ action }) => action === "update").flatMap(checkChange),
    ...plan.deferred.map(({ change, reason }) => ({
      change,
      level: CARE,
      what: `Terraform puts ${change.address} off to a later plan (${reason}).`,
      instead: "Apply what it waits for first, and plan again.",
    })),
  ],
};

function checkChange(change: ResourceChange): RuleFinding[] {
  const { type, before, after } = change;
  const guarded = [...(GUARDED[type] ?? []), ...POLICY_ATTRIBUTES];
  const open = guarded.filter((path) => isOpen(before, after, path));
  if (open.length === 0) return [];
  const isUnknown = open.some((path) => partsOf(after, path).some(containsUnknown));
  return [
    {
      change,
      level: CARE,
      what: `${open.join(", ")} of ${change.address} ${isUnknown ? "will be known only after apply" : "can't be seen, since marked sensitive"}: unproven.`,
      instead: isUnknown
        ? "Apply what it depends on first, in a change of its own, and plan again; or write the value itself."
        : "Take the mark off: none of this is a secret.",
    },
  ];
}

/** Something there has no value in sight, and it isn't that the same hidden value stays. */
function isOpen(before: Attributes | undefined, after: Attributes | undefined, path: string): boolean {
  const [was, is] = [partsOf(before, path), partsOf(after, path)];
  const isAllKept = was.length > 0 && was.every((value, place) => isKept(value, is[place]));
  if (isAllKept || !is.some(containsUnknownOrHidden)) return false;
  return is.some(containsUnknown) || !isSame(was, is);
}

/** Whether all of a list stays, and only what comes to it isn't known. */
const isKept = (was: Value, is: Value | undefined): boolean =>
  isList(was) && isList(is) && was.length > 0 && was.every((item) => is.some((other) => isSame(item, other)));

/** The attribute, in every block where the path leads into one; the block itself where nothing of it is known. */
function partsOf(attributes: Attributes | undefined, path: string): readonly Value[] {
  const [name = "", part] = path.split(".");
  const value = attributes?.[name];
  if (value === undefined) return [];
  if (part === undefined || isUnknownOrHidden(value)) return [value];
  return blocksOf(attributes, name).map((block) => block[part] ?? null);
}

const containsUnknown = (value: Value): boolean =>
  value === UNKNOWN ||
  (isList(value) && value.some(containsUnknown)) ||
  (isAttributes(value) && Object.values(value).some(containsUnknown));
