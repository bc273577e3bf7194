import type { ResourceChange } from "../plan/plan.ts";
import { type Attributes, blockOf, isUnknownOrHidden, textOf } from "../plan/value.ts";
import { BLOCKED, BLOCKED_WHERE_PROTECTED, CARE, type Rule, type RuleFinding } from "./rule.ts";
import { forcedBy, nameOf } from "./wording.ts";

/** A table's encryption key changes, or a KMS key is disabled or deleted. */
export const encryptionChange: Rule = {
  name: "encryption-change",
  finds: [
    {
      level: BLOCKED_WHERE_PROTECTED,
      what: "a table gets another key, or one of AWS's keys instead of a customer managed key",
    },
    { level: CARE, what: "a table gets a customer managed key instead of one of AWS's keys" },
    { level: BLOCKED, what: "a KMS key is disabled, deleted or removed from the state" },
  ],
  judges: {
    aws_dynamodb_table: ["server_side_encryption.enabled", "server_side_encryption.kms_key_arn"],
    aws_kms_external_key: ["enabled"],
    aws_kms_key: ["is_enabled"],
    aws_kms_replica_key: ["enabled"],
  },
  reason:
    "Everyone who uses the table needs its key. A different key locks out each role whose policy names only the old one, and older backups still need the old one. Access to AWS's own keys can't be restricted within the account.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html",
  check: (plan) => [
    ...plan.updated("aws_dynamodb_table").flatMap(checkTable),
    ...plan.ofType("aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key").flatMap(checkKey),
  ],
};

/** @returns undefined if the key is known only after apply, or hidden. */
function keyOf(table: Attributes | undefined): { isCustomers: boolean; name: string } | undefined {
  const block = blockOf(table, "server_side_encryption");
  if (isUnknownOrHidden(table?.["server_side_encryption"]) || isUnknownOrHidden(block?.["enabled"]))
    return undefined;
  if (block?.["enabled"] !== true) return { isCustomers: false, name: "an AWS owned key" };
  if (isUnknownOrHidden(block["kms_key_arn"])) return undefined;
  const arn = textOf(block, "kms_key_arn");
  return arn === undefined || arn.endsWith(":alias/aws/dynamodb")
    ? { isCustomers: false, name: "the AWS managed key aws/dynamodb" }
    : { isCustomers: true, name: `the key ${arn}` };
}

function checkTable(change: ResourceChange): RuleFinding | [] {
  const [from, to] = [keyOf(change.before), keyOf(change.after)];
  if (!from || !to || from.name === to.name) return [];
  const isStronger = to.isCustomers && !from.isCustomers;
  return {
    change,
    level: isStronger ? CARE : BLOCKED_WHERE_PROTECTED,
    what: `The encryption of table ${nameOf(change)} changes from ${from.name} to ${to.name}.`,
    instead: isStronger
      ? "Before applying, make sure that every role that reads or writes the table may use the key."
      : "Keep the key: KMS can rotate it without a change to the table. If it has to change, first allow the roles to use both keys, and keep the old key as long as older backups exist.",
  };
}

function checkKey(change: ResourceChange): RuleFinding | [] {
  const { action, before, after } = change;
  const isRemoved = action === "delete" || action === "replace" || action === "forget";
  const isDisabled =
    action === "update" && before?.["is_enabled"] === true && after?.["is_enabled"] === false;
  if (!isRemoved && !isDisabled) return [];
  const happens = isDisabled
    ? "disabled"
    : action === "forget"
      ? "removed from Terraform's state"
      : `scheduled for deletion${forcedBy(change)}`;
  return {
    change,
    level: BLOCKED,
    what: `KMS key ${textOf(before, "arn") ?? change.address} is ${happens}.`,
    why: "Tables, backups and state that it encrypts become unreadable: at once if it is disabled, permanently if it is deleted.",
    instead: "Keep the key until nothing that it encrypted is left, backups included.",
  };
}
