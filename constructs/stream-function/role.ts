import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import { Construct } from "constructs";
import { policyDocument } from "../policy.ts";
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
    const role = new IamRole(this, "role", {
      name: props.name,
      description: `Runs ${props.functionName}`,
      permissionsBoundary: props.permissionsBoundary,
      assumeRolePolicy: policyDocument({
        Effect: "Allow",
        Principal: { Service: "lambda.amazonaws.com" },
        Action: "sts:AssumeRole",
      }),
    });
    this.arn = role.arn;
    this.policy = new IamRolePolicy(this, "policy", {
      name: "stream-function",
      role: role.name,
      policy: policyDocument(...codePermissions(props), ...lambdaPermissions(props)),
    });
  }
}
