import type { Condition } from "./statement.ts";

/**
 * The condition keys that say who asks or where from. AWS counts a policy for everybody as public unless it has one of
 * these, with a fixed value; a demand such as TLS, a prefix or an external id is one that anybody can meet.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
const WHO = new Set([
  "aws:principalaccount",
  "aws:principalarn",
  "aws:principalorgid",
  "aws:principalorgpaths",
  "aws:sourceaccount",
  "aws:sourcearn",
  "aws:sourceip",
  "aws:sourceorgid",
  "aws:sourceorgpaths",
  "aws:sourceowner",
  "aws:sourcevpc",
  "aws:sourcevpcarn",
  "aws:sourcevpce",
  "aws:userid",
  "aws:vpceaccount",
  "aws:vpceorgid",
  "aws:vpceorgpaths",
  "elasticfilesystem:accessedviamounttarget",
  "elasticfilesystem:accesspointarn",
  "kms:calleraccount",
  "s3:dataaccesspointaccount",
  "s3:dataaccesspointarn",
]);

/** Whether the conditions leave out most of those who might ask. */
export const restrictWho = (conditions: readonly Condition[]): boolean =>
  conditions.some((condition) => WHO.has(condition.key) && isFixed(condition));

/** Whether the conditions demand anything but TLS. */
export const restrictAnything = (conditions: readonly Condition[]): boolean =>
  conditions.some((condition) => condition.key !== "aws:securetransport" && isFixed(condition));

/**
 * Operators that only the listed values pass. With `IfExists` and `ForAllValues` a request without the key passes too:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
const DEMANDS =
  /^(foranyvalue:)?(string(equals|equalsignorecase|like)|arn(equals|like)|ipaddress|numericequals|bool)$/;

/** Whether a condition demands certain values, none of them open. */
export const isFixed = ({ operator, values }: Condition, isFixedText = isFixedName): boolean =>
  DEMANDS.test(operator) &&
  values.every((value) => {
    if (value.includes("${")) return false;
    if (operator === "bool") return value === "true";
    if (operator === "ipaddress") return isNarrowRange(value);
    return isFixedText(/like|arn/.test(operator) ? value : value.replaceAll(/[*?]/g, "_"));
  });

/** Whether it begins with a name in full; an ARN has to have its account, or its name if it has no account. */
export function isFixedName(value: string): boolean {
  const [, , , , account = "", name = ""] = value.split(":");
  return /^[^*?/:]+([/:]|$)/.test(value.startsWith("arn:") ? account || name : value);
}

/** AWS's line between an address range and everybody. */
function isNarrowRange(range: string): boolean {
  const [, length] = range.split("/");
  return length === undefined || Number(length) >= (range.includes(":") ? 32 : 8);
}
