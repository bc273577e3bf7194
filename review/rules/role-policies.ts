import type { Plan, ResourceChange } from "../plan/plan.ts";
import { type Attributes, blocksOf, isSame, isUnknownOrHidden, textOf, textsOf } from "../plan/value.ts";
import type { PolicyVersions } from "../policy/loss.ts";
import { managedPolicy } from "../policy/managed-policies.ts";
import { parsePolicy, type Statement } from "../policy/statement.ts";

/** A policy that applies to a role, and the resource whose change changes it. */
export interface RolePolicy extends PolicyVersions {
  readonly change: ResourceChange;
  /** The policy that can't be read, before or after: known only after apply, or managed by others. */
  readonly unread?: { readonly name: string; readonly when: "before" | "after" };
}

/** A role by its ARN, or by the name that it will have. */
export type RoleVersions = Readonly<Record<"before" | "after", string>>;

/** The identity policies of a role, whether they change or not. Together they say what it may do. */
export const identityPolicies = (role: RoleVersions, plan: Plan): RolePolicy[] => [
  ...plan.ofType("aws_iam_role_policy").flatMap((change) => ownPolicy(change, role, plan)),
  ...plan.ofType("aws_iam_role").flatMap((change) => partsOfRole(change, role, plan)),
  ...plan
    .ofType("aws_iam_role_policy_attachment", "aws_iam_policy_attachment")
    .flatMap((change) => attachedPolicy(change, role, plan)),
];

const SIDES = ["before", "after"] as const;

/** The name of the role that an attribute of a resource names, also if the plan creates that role. */
export function roleNameOf(change: ResourceChange, side: "before" | "after", plan: Plan): string | undefined {
  const known = textOf(change[side], "role");
  if (known !== undefined) return known.split("/").at(-1);
  if (!isUnknownOrHidden(change[side]?.["role"])) return undefined;
  const addresses = plan.references.get(change.address, "role");
  const role = plan.ofType("aws_iam_role").find(({ address }) => addresses.includes(address));
  return textOf(role?.after, "name");
}

function ownPolicy(change: ResourceChange, role: RoleVersions, plan: Plan): RolePolicy | [] {
  const [isBefore, isAfter] = SIDES.map((side) => roleNameOf(change, side, plan) === role[side]);
  if (!isBefore && !isAfter) return [];
  const [before, after] = versionsOf(change);
  const isUnread = isAfter && isUnknownOrHidden(change.after?.["policy"]);
  return {
    change,
    before: isBefore ? before : [],
    after: isAfter ? after : [],
    ...(isUnread && { unread: { name: change.address, when: "after" } }),
  };
}

function attachedPolicy(change: ResourceChange, role: RoleVersions, plan: Plan): RolePolicy[] {
  const [before = [], after = []] = SIDES.map((side) =>
    roleNameOf(change, side, plan) === role[side] || textsOf(change[side], "roles").includes(role[side])
      ? [attachedName(change, side, plan)]
      : [],
  );
  return managedPolicies(change, before, after, plan);
}

/** The ARN of an attached policy; the address of one that the plan creates. */
const attachedName = (change: ResourceChange, side: "before" | "after", plan: Plan): string =>
  textOf(change[side], "policy_arn") ??
  plan.references.get(change.address, "policy_arn")[0] ??
  "a policy known only after apply";

/** What a role's own attributes say; it also lists what other resources give it, which counts there. */
function partsOfRole(change: ResourceChange, role: RoleVersions, plan: Plan): RolePolicy[] {
  const [isBefore, isAfter] = SIDES.map((side) => textOf(change[side], "name") === role[side]);
  if (!isBefore && !isAfter) return [];
  const others = plan
    .ofType("aws_iam_role_policy", "aws_iam_role_policy_attachment")
    .filter((other) => roleNameOf(other, "before", plan) === role.before)
    .flatMap(({ before }) => [textOf(before, "name"), textOf(before, "policy_arn")]);
  const inlineOf = (attributes: Attributes | undefined) =>
    blocksOf(attributes, "inline_policy").filter((block) => !others.includes(textOf(block, "name")));
  const arnsOf = (attributes: Attributes | undefined) =>
    textsOf(attributes, "managed_policy_arns").filter((arn) => !others.includes(arn));
  const before = isBefore ? inlineOf(change.before).flatMap(statementsOf) : [];
  const after = isAfter ? inlineOf(change.after).flatMap(statementsOf) : [];
  return [
    { change, before, after },
    ...managedPolicies(
      change,
      isBefore ? arnsOf(change.before) : [],
      isAfter ? arnsOf(change.after) : [],
      plan,
    ),
  ];
}

/** The managed policies that an attachment adds, keeps or takes away. */
function managedPolicies(
  attachment: ResourceChange,
  before: readonly string[],
  after: readonly string[],
  plan: Plan,
): RolePolicy[] {
  return [...new Set([...before, ...after])].map((name) => {
    const policy = findPolicy(name, plan);
    const [wasThere, isThere] = [before.includes(name), after.includes(name)];
    const [old, now] = policy ? versionsOf(policy) : [managedPolicy(name), managedPolicy(name)];
    const isUnread = now === undefined && wasThere !== isThere;
    return {
      change: policy && wasThere && isThere ? policy : attachment,
      before: wasThere && old ? old : [],
      after: isThere && now ? now : [],
      ...(isUnread && { unread: { name, when: wasThere ? ("before" as const) : ("after" as const) } }),
    };
  });
}

/** A managed policy of the plan, by its ARN or its address. */
export const findPolicy = (name: string, plan: Plan): ResourceChange | undefined =>
  plan
    .ofType("aws_iam_policy")
    .find(({ before, after, address }) =>
      [textOf(before, "arn"), textOf(after, "arn"), address].includes(name),
    );

/** What a policy says before and after; one that isn't known afterwards says what it did: that it isn't is reported. */
export function versionsOf({ before, after }: ResourceChange): [readonly Statement[], readonly Statement[]] {
  const old = statementsOf(before);
  return [old, isUnknownOrHidden(after?.["policy"]) ? old : statementsOf(after)];
}

const statementsOf = (attributes: Attributes | undefined): readonly Statement[] =>
  parsePolicy(textOf(attributes, "policy") ?? "") ?? [];

/** Whether a policy says the same afterwards. */
export const isKept = ({ change, before, after }: RolePolicy): boolean =>
  change.action === "no-op" || isSame(JSON.stringify(before), JSON.stringify(after));
