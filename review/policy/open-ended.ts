import { isWideAction, needsWildcardResource } from "./actions.ts";
import { restrictAnything, restrictWho } from "./restriction.ts";
import { principalCovers, type Statement } from "./statement.ts";
import { findStrangers, type Strangers } from "./web-identity.ts";
import { ALL_BUT, type Widening } from "./widening.ts";

/**
 * What a policy belongs to: an identity, which may do what it says; a role's trust, which says who may assume it; a
 * resource, whose `*` means that resource alone; or a VPC endpoint, which restricts what passes through it.
 */
export type PolicyKind = "identity" | "trust" | "resource" | "endpoint";

/** A policy of a resource before and after a change. */
export interface PolicyChange {
  readonly kind: PolicyKind;
  /** The attribute that holds the policy. */
  readonly attribute: string;
  readonly before: readonly Statement[];
  readonly after: readonly Statement[];
  /** Whether an endpoint has no policy afterwards, and so allows everything. */
  readonly isAbsent: boolean;
  /** The accounts of its owner, as far as they are known; one, unless the plan is for several. */
  readonly accounts: readonly string[];
}

/** What makes a widening open-ended: its action or resource, its principal, or who can assume the role. */
export type Opening = "wildcard" | "public" | "account" | Strangers;

/**
 * Finds out whether a widening is open-ended.
 * @param isNew whether the same plan creates the owner of the policy.
 * @returns undefined if it names all that it allows.
 */
export async function findOpening(
  widening: Widening,
  policy: PolicyChange,
  isNew: boolean,
): Promise<Opening | undefined> {
  const { kind, action, resource, principal, conditions } = widening;
  if (kind === "no longer denied")
    return conditions.length === 0 && (await isWideAction(action)) ? "wildcard" : undefined;
  if (isPublic(widening, policy)) return "public";
  if (policy.kind === "trust") {
    const strangers = findStrangers(principal, conditions);
    if (strangers !== undefined) return strangers;
  }
  if (policy.kind === "resource" && isOwnDecision(widening, policy)) return undefined;
  if (await isWideAction(action)) return "wildcard";
  if (policy.kind === "trust") return isForeignAccount(widening, policy) ? "account" : undefined;
  if (policy.kind === "resource" || !isWildResource(resource, isNew)) return undefined;
  return resource === "*" && (await needsWildcardResource(action)) ? undefined : "wildcard";
}

/** An endpoint's principal is always `*`: it counts only if it was restricted by conditions before. */
function isPublic({ principal, conditions }: Widening, { kind, before }: PolicyChange): boolean {
  if (kind === "identity") return false;
  const isRestricted = kind === "endpoint" ? restrictAnything : restrictWho;
  if (isRestricted(conditions)) return false;
  if (principal.startsWith(ALL_BUT) || /^\w+:\*$/.test(principal)) return true;
  const wasPublic = before.some(
    (statement) =>
      statement.effect === "Allow" &&
      statement.principals.patterns.includes("*") &&
      !isRestricted(statement.conditions),
  );
  return principal === "*" && (kind !== "endpoint" || !wasPublic);
}

/** What AWS documents for the administrators of a key, in the key's own policy. */
const KEY_ADMINISTRATION =
  /^kms:(Create|Describe|Enable|List|Put|Update|Revoke|Disable|Get|Delete|Cancel|Schedule)\*$/i;

/**
 * Whether a resource's policy leaves a decision to the IAM policies of its own account, or a key to its administrators:
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 */
const isOwnDecision = ({ principal, action }: Widening, { accounts }: PolicyChange) =>
  accounts.some(
    (account) =>
      principal === `AWS:${account}` ||
      (KEY_ADMINISTRATION.test(action) && principalCovers(`AWS:${account}`, principal)),
  );

/** Whether everybody in another account may assume a role; or in any, if it isn't known which is the role's own. */
const isForeignAccount = ({ principal, conditions }: Widening, { accounts }: PolicyChange) =>
  /^AWS:\d{12}$/.test(principal) &&
  !accounts.some((account) => principal === `AWS:${account}`) &&
  !restrictAnything(conditions);

/** Services whose ARNs begin with the resource's name; those of the others begin with its type. */
const WITHOUT_TYPE = new Set(["s3", "sns", "sqs"]);

/** Whether the name of the resource is open; a wildcard below it (a table's indexes, a bucket's objects) is not. */
function isWildResource(resource: string, isNew: boolean): boolean {
  if (resource === "*" || resource.startsWith(ALL_BUT)) return true;
  const [, , service = "", , account = "", ...rest] = resource.split(":");
  // Within one account a wildcard is acceptable for a new owner: some services have no narrower resource.
  if (isNew && /^\d{12}$/.test(account)) return false;
  const [first = "", second] = rest.join(":").split(/[:/]/);
  const name = WITHOUT_TYPE.has(service) ? first : (second ?? first);
  return /[*?]/.test(service + name) || first === "*";
}
