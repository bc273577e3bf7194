import type { ResourceChange } from "../plan/plan.ts";
import { BLOCKED, BLOCKED_WHERE_PROTECTED, CARE, type RuleFinding, type Rule } from "./rule.ts";
import { type Attributes, blockOf, isUnknownOrHidden, textOf } from "../plan/value.ts";

/** Another key for a table, or a key that goes: what it encrypted is lost with it. */
export const encryptionChange: Rule = {
  name: "encryption-change",
  reason:
    "Whoever reads the table needs the key: another one locks out every role whose policy names the old, and the backups of before keep needing the old one. AWS's own keys can't be withheld from anyone in the account.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html",
  check: (plan) => [
    ...plan
      .ofType("aws_dynamodb_table")
      .filter(({ action }) => action === "update")
      .flatMap(checkTable),
    ...plan.ofType("aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key").flatMap(checkKey),
  ],
};

/** A key of the customer's by its ARN, or one of AWS's. */
type KeyOwner = "a key that AWS owns" | "the account's aws/dynamodb key" | `the key arn:${string}`;

function ownerOf(table: Attributes | undefined): KeyOwner | undefined {
  const block = blockOf(table, "server_side_encryption");
  if (isUnknownOrHidden(table?.["server_side_encryption"]) || isUnknownOrHidden(block?.["enabled"]))
    return undefined;
  if (block?.["enabled"] !== true) return "a key that AWS owns";
  if (isUnknownOrHidden(block["kms_key_arn"])) return undefined;
  const arn = textOf(block, "kms_key_arn");
  if (arn === undefined || arn.endsWith(":alias/aws/dynamodb")) return "the account's aws/dynamodb key";
  return `the key ${arn as `arn:${string}`}`;
}

function checkTable(change: ResourceChange): RuleFinding[] {
  const [was, is] = [ownerOf(change.before), ownerOf(change.after)];
  if (was === undefined || is === undefined || was === is) return [];
  const table = textOf(change.before, "name") ?? change.address;
  const stronger = is.startsWith("the key ") && !was.startsWith("the key ");
  return [
    {
      change,
      level: stronger ? CARE : BLOCKED_WHERE_PROTECTED,
      what: `Table ${table} is encrypted with ${is} instead of ${was}.`,
      instead: stronger
        ? "Make sure that every role that reads or writes the table may use the key before this is applied."
        : "Keep the key; a KMS key rotates without a change of the table. If it has to be another: let the roles use both first, and keep the old key as long as there are backups from before.",
    },
  ];
}

function checkKey(change: ResourceChange): RuleFinding[] {
  const { action, before, after } = change;
  const key = textOf(before, "arn") ?? change.address;
  const gone = action === "delete" || action === "replace" || action === "forget";
  const disabled = action === "update" && before?.["is_enabled"] === true && after?.["is_enabled"] === false;
  if (!gone && !disabled) return [];
  const happens = disabled
    ? "is disabled"
    : action === "forget"
      ? "is forgotten by Terraform"
      : `is scheduled for deletion${change.forcedBy.length > 0 ? `, since ${change.forcedBy.join(", ")} can't be changed in place` : ""}`;
  return [
    {
      change,
      level: BLOCKED,
      what: `KMS key ${key} ${happens}.`,
      why: "What is encrypted with it, tables, backups and state, can't be read any more: at once when disabled, for good when deleted.",
      instead: "Keep the key. Delete it only when nothing that it encrypted is left, backups included.",
    },
  ];
}
