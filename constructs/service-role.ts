import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import type { Construct } from "constructs";
import { policyDocument, type Statement } from "./policy.ts";

export interface ServiceRoleProps {
  readonly name: string;
  readonly description: string;
  /** ARN of the policy that limits what the role may ever do; the bootstrap makes it. */
  readonly permissionsBoundary: string;
  /** The host of the service that takes it. */
  readonly service: string;
  /** When the service may take it. Default: always. */
  readonly condition?: Statement["Condition"];
  /** Of its policy. */
  readonly policyName: string;
  readonly statements: readonly Statement[];
}

/** Adds a role that a service takes, and its policy, on which depends what AWS checks when the service gets the role. */
export function addServiceRole(
  scope: Construct,
  props: ServiceRoleProps,
): { readonly arn: string; readonly policy: IamRolePolicy } {
  const role = new IamRole(scope, "role", {
    name: props.name,
    description: props.description,
    permissionsBoundary: props.permissionsBoundary,
    assumeRolePolicy: policyDocument({
      Effect: "Allow",
      Principal: { Service: props.service },
      Action: "sts:AssumeRole",
      ...(props.condition && { Condition: props.condition }),
    }),
  });
  const policy = new IamRolePolicy(scope, "policy", {
    name: props.policyName,
    role: role.name,
    policy: policyDocument(...props.statements),
  });
  return { arn: role.arn, policy };
}
