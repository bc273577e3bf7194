import type { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import { Construct } from "constructs";
import { addServiceRole } from "../service-role.ts";
import { codePermissions, lambdaPermissions, type StreamFunctionResources } from "./permissions.ts";

export interface StreamFunctionRoleProps extends StreamFunctionResources {
  readonly name: string;
  /** ARN of the policy that limits what the role may ever do; the bootstrap makes it. */
  readonly permissionsBoundary: string;
}

/** The execution role of the stream function, with its permissions. */
export class StreamFunctionRole extends Construct {
  readonly arn: string;
  /** The function and its event source mapping depend on it: AWS checks the permissions when it creates them. */
  readonly policy: IamRolePolicy;

  constructor(scope: Construct, id: string, props: StreamFunctionRoleProps) {
    super(scope, id);
    const { arn, policy } = addServiceRole(this, {
      name: props.name,
      description: `Runs ${props.functionName}`,
      permissionsBoundary: props.permissionsBoundary,
      service: "lambda.amazonaws.com",
      policyName: "stream-function",
      statements: [...codePermissions(props), ...lambdaPermissions(props)],
    });
    this.arn = arn;
    this.policy = policy;
  }
}
