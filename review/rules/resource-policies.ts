import type { Plan, ResourceChange } from "../plan/plan.ts";
import { isUnknownOrHidden, textOf } from "../plan/value.ts";
import type { PolicyVersions } from "../policy/loss.ts";
import {
  ALLOW_ALL,
  parsePolicy,
  principalCovers,
  type Scope,
  scopeCovers,
  type Statement,
} from "../policy/statement.ts";
import { findTarget } from "./policy-target.ts";
import { findPolicy, type RolePolicy, type RoleVersions, versionsOf } from "./role-policies.ts";

/** The policy of a resource. */
export interface ResourcePolicy extends PolicyVersions {
  readonly change: ResourceChange;
  /** The ARN of the resource; of a VPC endpoint, the name of its service. */
  readonly target: string;
}

/** Resource types that hold their policy or have it held by another: by that type. */
const HOLDERS: Readonly<Record<string, string>> = {
  aws_kms_key_policy: "aws_kms_key",
  aws_sns_topic_policy: "aws_sns_topic",
  aws_sqs_queue_policy: "aws_sqs_queue",
};

/** The policies of tables, streams, queues, topics and keys. */
export function resourcePolicies(plan: Plan): ResourcePolicy[] {
  const separate = plan
    .ofType(...Object.keys(HOLDERS))
    .map((change) => ({ change, holder: findTarget(change, plan) }));
  return [
    ...plan
      .ofType("aws_dynamodb_resource_policy", "aws_kinesis_resource_policy")
      .flatMap((change) => policyOf(change, change, "resource_arn")),
    ...separate.flatMap(({ change, holder }) => (holder ? policyOf(change, holder, "arn") : [])),
    // A resource lists its policy too if another resource gave it.
    ...plan
      .ofType(...Object.values(HOLDERS))
      .filter((change) => !separate.some(({ holder }) => holder === change))
      .flatMap((change) => policyOf(change, change, "arn")),
  ];
}

/** The policies of the VPC endpoints. */
export const endpointPolicies = (plan: Plan): ResourcePolicy[] => [
  ...plan
    .ofType("aws_vpc_endpoint")
    .filter(({ action }) => action !== "delete")
    .flatMap((change) => policyOf(change, change, "service_name")),
  ...plan
    .ofType("aws_vpc_endpoint_policy")
    .map((change) => ({ change, holder: findTarget(change, plan) }))
    .filter(({ holder }) => holder?.action !== "delete")
    .flatMap(({ change, holder }) => policyOf(change, holder, "service_name")),
];

function policyOf(
  change: ResourceChange,
  holder: ResourceChange | undefined,
  name: string,
): ResourcePolicy | [] {
  const target = textOf(holder?.before ?? holder?.after, name);
  if (target === undefined) return [];
  const before = statementsOf(change, change.before, target);
  const isKnown = !isUnknownOrHidden(change.after?.["policy"]);
  return { change, target, before, after: isKnown ? statementsOf(change, change.after, target) : before };
}

/** What a resource without a policy allows: an endpoint everything, a key what the IAM policies of its account say. */
function statementsOf(
  { type }: ResourceChange,
  state: ResourceChange["after"],
  arn: string,
): readonly Statement[] {
  const text = textOf(state, "policy");
  if (text !== undefined) return parsePolicy(text) ?? [];
  if (type.startsWith("aws_vpc_endpoint")) return ALLOW_ALL;
  if (!type.startsWith("aws_kms_key")) return [];
  const account = `AWS:${arn.split(":")[4] ?? ""}`;
  return ALLOW_ALL.map((all) => ({ ...all, principals: { except: false, patterns: [account] } }));
}

/** The permissions boundary of a role, which limits what its policies allow. */
export const boundariesOf = (role: RoleVersions, plan: Plan): RolePolicy[] =>
  plan
    .ofType("aws_iam_role")
    .filter(
      ({ before, after }) => textOf(before, "name") === role.before && textOf(after, "name") === role.after,
    )
    .flatMap((change) => {
      const [from, to] = [change.before, change.after].map((state) => textOf(state, "permissions_boundary"));
      const [old, now] = [from, to].map((arn) => (arn === undefined ? undefined : findPolicy(arn, plan)));
      if (isUnknownOrHidden(change.after?.["permissions_boundary"]) || (to !== undefined && !now)) return [];
      return {
        change: from === to && now ? now : change,
        before: old ? versionsOf(old)[0] : ALLOW_ALL,
        after: now ? versionsOf(now)[1] : ALLOW_ALL,
      };
    });

/** The statements for a role that count beside its identity policies: an Allow that names it, and every Deny. */
export const directlyFor = (role: string, statements: readonly Statement[]): Statement[] =>
  forRole(role, statements).filter(
    ({ effect, principals }) => effect === "Deny" || (!principals.except && isNamed(principals, role)),
  );

const isNamed = ({ patterns }: Scope, role: string) =>
  patterns.some((one) => one === "*" || one === `AWS:${role}`);

/** The statements that apply to a role, by its name or its account. */
export const forRole = (role: string, statements: readonly Statement[]): Statement[] =>
  statements.filter(({ principals }) =>
    scopeCovers(principals, { except: false, patterns: [`AWS:${role}`] }, principalCovers),
  );
