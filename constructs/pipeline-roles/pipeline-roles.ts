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
      arn: (service) => `arn:aws:${service}:${service === "iam" ? "" : environment.region}:${account}`,
      stateBucketArn: state.arn,
      stateKeyArn: state.keyArn,
    };
    const provider =
      pipeline.identityProvider === "existing"
        ? `${roleScope.arn("iam")}:oidc-provider/${OIDC_HOST}`
        : new IamOpenidConnectProvider(this, "github", {
            url: `https://${OIDC_HOST}`,
            clientIdList: ["sts.amazonaws.com"],
          }).arn;
    const addRole = (kind: "plan" | "deploy", description: string, githubEnvironments: readonly string[]) =>
      new IamRole(this, `${kind}-role`, {
        name: names[`${kind}Role`],
        description,
        assumeRolePolicy: policyDocument({
          Effect: "Allow",
          Principal: { Federated: provider },
          Action: "sts:AssumeRoleWithWebIdentity",
          // The token's audience, and its subject: the repository and the GitHub environment.
          Condition: {
            StringEquals: {
              [`${OIDC_HOST}:aud`]: "sts.amazonaws.com",
              [`${OIDC_HOST}:sub`]: githubEnvironments.map(
                (name) => `repo:${pipeline.repository}:environment:${name}`,
              ),
            },
          },
        }),
      });
    const { planFrom = [environment.name, `${environment.name}-plan`] } = pipeline;
    const plan = addRole("plan", "Plans and reviews; changes nothing", planFrom);
    const deploy = addRole("deploy", "Deploys releases", [environment.name]);
    for (const [kind, { name }, statements] of [
      ["plan-reads", plan, [...readStatements(roleScope), ...bootstrapReadStatements(roleScope)]],
      ["deploy-reads", deploy, readStatements(roleScope)],
      ["deploy-changes", deploy, changeStatements(roleScope)],
    ] as const)
      new IamRolePolicy(this, kind, { name: kind, role: name, policy: policyDocument(...statements) });
  }
}
