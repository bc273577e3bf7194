import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { Construct } from "constructs";
import type { Environment } from "../../config/environment.ts";
import type { Names } from "../../config/names.ts";
import { changeStatements } from "./changes.ts";
import { OIDC_HOST, type RoleScope } from "./role-scope.ts";
import { bootstrapReadStatements, readStatements } from "./reads.ts";
import { accountOf, policyDocument } from "../policy.ts";
import type { StateBucket } from "../state-bucket.ts";

export interface PipelineRolesProps {
  readonly environment: Environment;
  readonly pipeline: NonNullable<Environment["pipeline"]>;
  readonly names: Names;
  readonly state: StateBucket;
}

/**
 * The roles that a repository's GitHub workflows assume over OIDC, without stored keys. The plan role reads the state,
 * describes resources and writes only the state lock; the deploy role also changes the resources of the messaging stack.
 */
export class PipelineRoles extends Construct {
  constructor(scope: Construct, id: string, { environment, pipeline, names, state }: PipelineRolesProps) {
    super(scope, id);
    const account = accountOf(state.keyArn);
    const roleScope: RoleScope = {
      environment,
      names,
      arn: (service) => `arn:aws:${service}:${environment.region}:${account}`,
      account,
      stateBucketArn: state.arn,
      stateKeyArn: state.keyArn,
    };
    const provider =
      pipeline.identityProvider === "existing"
        ? `arn:aws:iam::${account}:oidc-provider/${OIDC_HOST}`
        : new IamOpenidConnectProvider(this, "github", {
            url: `https://${OIDC_HOST}`,
            clientIdList: ["sts.amazonaws.com"],
          }).arn;
    const addRole = (
      kind: "plan" | "deploy",
      name: string,
      description: string,
      githubEnvironments: readonly string[],
    ) =>
      new IamRole(this, `${kind}-role`, {
        name,
        description,
        assumeRolePolicy: trustPolicy(
          provider,
          githubEnvironments.map((name) => `repo:${pipeline.repository}:environment:${name}`),
        ),
      });
    const { planFrom = [environment.name, `${environment.name}-plan`] } = pipeline;
    const plan = addRole("plan", names.planRole, "Plans and reviews; changes nothing", planFrom);
    const deploy = addRole("deploy", names.deployRole, "Deploys releases", [environment.name]);
    for (const [kind, { name }, statements] of [
      ["plan-reads", plan, [...readStatements(roleScope), ...bootstrapReadStatements(roleScope)]],
      ["deploy-reads", deploy, readStatements(roleScope)],
      ["deploy-changes", deploy, changeStatements(roleScope)],
    ] as const)
      new IamRolePolicy(this, kind, { name: kind, role: name, policy: policyDocument(...statements) });
  }
}

/** A trust policy that requires the token's audience and its subject: the repository and the GitHub environment. */
function trustPolicy(provider: string, subjects: readonly string[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: provider },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: { [`${OIDC_HOST}:aud`]: "sts.amazonaws.com", [`${OIDC_HOST}:sub`]: subjects },
        },
      },
    ],
  });
}
