import type { Plan, ResourceChange } from "../plan/plan.ts";
import { type Attributes, blockOf, blocksOf, isSame, textOf } from "../plan/value.ts";
import { BLOCKED, type Rule } from "./rule.ts";
import { deletedOrReplaced } from "./wording.ts";

/** The state bucket, its settings or its key change. */
export const stateBucketChange: Rule = {
  name: "state-bucket-change",
  finds: [{ level: BLOCKED, what: "the state bucket, its settings or its key change, except for tags" }],
  reason:
    "The state is Terraform's only record of its resources. Nobody can plan without reading it; if it is lost, every resource has to be imported by hand; and it may contain secrets.",
  source: "https://developer.hashicorp.com/terraform/language/backend/s3",
  check(plan, { stateBuckets }) {
    const keys = keysOf(plan, stateBuckets);
    return plan.changes
      .filter((change) => isPartOfState(change, stateBuckets, keys) && isHarmful(change))
      .map((change) => ({
        change,
        level: BLOCKED,
        what: `${describePart(change)} is ${describeAction(change)}.`,
        instead:
          "Leave it unchanged. If it has to change, first copy the bucket's objects elsewhere, then apply this change alone, with an exception.",
      }));
  },
};

const KEY_TYPES = ["aws_kms_key", "aws_kms_alias", "aws_kms_key_policy"];

/** Common names for a state bucket, for plans of which the bucket isn't known. */
const STATE_NAME = /(^|[-_.])(tf|terraform|tofu|opentofu)?[-_.]?state([-_.]|$)/i;

const bucketOf = (attributes: Attributes | undefined) =>
  textOf(attributes, "bucket") ?? textOf(attributes, "id");

function isStateBucket({ before, after }: ResourceChange, buckets: readonly string[]): boolean {
  const bucket = bucketOf(before) ?? bucketOf(after);
  return bucket !== undefined && (buckets.length > 0 ? buckets.includes(bucket) : STATE_NAME.test(bucket));
}

/** The ids and ARNs of the keys that encrypt the state buckets, and the aliases named after the buckets. */
function keysOf(plan: Plan, buckets: readonly string[]): readonly string[] {
  const encryption = plan
    .ofType("aws_s3_bucket_server_side_encryption_configuration")
    .filter((change) => isStateBucket(change, buckets))
    .flatMap(({ before }) => blocksOf(before, "rule"))
    .map((rule) => textOf(blockOf(rule, "apply_server_side_encryption_by_default"), "kms_master_key_id"));
  const aliases = plan
    .ofType("aws_kms_alias")
    .map(({ before }) =>
      ["name", "target_key_arn", "target_key_id"].map((attribute) => textOf(before, attribute)),
    )
    .filter(([alias]) => buckets.some((bucket) => alias === `alias/${bucket}`));
  return [...encryption, ...aliases.flat()].filter((key) => key !== undefined);
}

function isPartOfState(change: ResourceChange, buckets: readonly string[], keys: readonly string[]): boolean {
  if (change.type.startsWith("aws_s3_bucket")) return isStateBucket(change, buckets);
  if (!KEY_TYPES.includes(change.type)) return false;
  return ["arn", "key_id", "name", "target_key_arn"].some((attribute) =>
    keys.includes(textOf(change.before, attribute) ?? "none"),
  );
}

const isHarmful = (change: ResourceChange) =>
  ["delete", "replace", "forget"].includes(change.action) ||
  (change.action === "update" && !isSame(withoutTags(change.before), withoutTags(change.after)));

const withoutTags = (attributes: Attributes = {}): Attributes => {
  const { tags: _, tags_all: __, ...rest } = attributes;
  return rest;
};

function describePart({ type }: ResourceChange): string {
  if (type === "aws_s3_bucket") return "The state bucket";
  const part = type.startsWith("aws_s3_bucket_")
    ? type.slice("aws_s3_bucket_".length).replaceAll("_", " ")
    : "encryption key";
  return `The ${part} of the state bucket`;
}

function describeAction(change: ResourceChange): string {
  if (change.action === "update") return "changed";
  return change.action === "forget" ? "removed from Terraform's state" : deletedOrReplaced(change);
}
