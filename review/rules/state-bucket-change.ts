import type { Plan, ResourceChange } from "../plan/plan.ts";
import { BLOCKED, type Rule } from "./rule.ts";
import { blockOf, blocksOf, isSame, textOf, type Attributes } from "../plan/value.ts";

/** What Terraform's own memory is kept in. */
export const stateBucketChange: Rule = {
  name: "state-bucket-change",
  reason:
    "The state is all that Terraform knows: whoever can't read it can't plan, whoever loses it must import every resource by hand, and who may read it reads what is in it.",
  source: "https://developer.hashicorp.com/terraform/language/backend/s3",
  check(plan, { stateBuckets }) {
    const buckets = new Set(stateBuckets);
    const keys = keysOf(plan, buckets);
    return plan.changes
      .filter((change) => belongs(change, buckets, keys) && isTouched(change))
      .map((change) => ({
        change,
        level: BLOCKED,
        what: `${whatItIs(change)} of the state bucket is ${happening(change)}.`,
        instead:
          "Leave it. A change that has to be is applied by itself, after a copy of the bucket's objects was put elsewhere, with an exception.",
      }));
  },
};

const KEY_TYPES = ["aws_kms_key", "aws_kms_alias", "aws_kms_key_policy"];

/** Names that people give to a bucket for state, where nobody says which it is. */
const STATE_NAME = /(^|[-_.])(tf|terraform|tofu|opentofu)?[-_.]?state([-_.]|$)/i;

const bucketOf = (attributes: Attributes | undefined) =>
  textOf(attributes, "bucket") ?? textOf(attributes, "id");

function isStateBucket({ before, after }: ResourceChange, buckets: ReadonlySet<string>): boolean {
  const bucket = bucketOf(before) ?? bucketOf(after);
  return bucket !== undefined && (buckets.size > 0 ? buckets.has(bucket) : STATE_NAME.test(bucket));
}

/** The ids and ARNs of the keys that encrypt the state buckets, and the aliases named for the buckets. */
function keysOf(plan: Plan, buckets: ReadonlySet<string>): ReadonlySet<string> {
  const encryption = plan
    .ofType("aws_s3_bucket_server_side_encryption_configuration")
    .filter((change) => isStateBucket(change, buckets))
    .flatMap(({ before }) => blocksOf(before, "rule"))
    .map((rule) => textOf(blockOf(rule, "apply_server_side_encryption_by_default"), "kms_master_key_id"));
  const keys = new Set(encryption.filter((key) => key !== undefined));
  const aliases = [...buckets].map((bucket) => `alias/${bucket}`);
  for (const { before } of plan.ofType("aws_kms_alias"))
    if (aliases.includes(textOf(before, "name") ?? "")) {
      keys.add(textOf(before, "name") ?? "");
      keys.add(textOf(before, "target_key_arn") ?? "");
    }
  return keys;
}

function belongs(change: ResourceChange, buckets: ReadonlySet<string>, keys: ReadonlySet<string>): boolean {
  if (change.type.startsWith("aws_s3_bucket")) return isStateBucket(change, buckets);
  if (!KEY_TYPES.includes(change.type)) return false;
  return ["arn", "key_id", "name", "target_key_arn"].some((attribute) =>
    keys.has(textOf(change.before, attribute) ?? "nothing"),
  );
}

const isTouched = (change: ResourceChange) =>
  ["delete", "replace", "forget"].includes(change.action) ||
  (change.action === "update" && !isSame(withoutTags(change.before), withoutTags(change.after)));

const withoutTags = (attributes: Attributes = {}): Attributes => {
  const { tags: _, tags_all: __, ...rest } = attributes;
  return rest;
};

const whatItIs = ({ type }: ResourceChange) => {
  if (type === "aws_s3_bucket") return "The whole";
  return type.startsWith("aws_s3_bucket_")
    ? `The ${type.slice("aws_s3_bucket_".length).replaceAll("_", " ")}`
    : "The key";
};

const happening = ({ action, forcedBy }: ResourceChange) =>
  ({
    delete: "deleted",
    replace: `deleted and made anew${forcedBy.length > 0 ? `, since ${forcedBy.join(", ")} can't be changed in place` : ""}`,
    forget: "forgotten by Terraform",
    update: "changed",
  })[action as "delete" | "replace" | "forget" | "update"];
