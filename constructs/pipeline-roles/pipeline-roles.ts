import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { Construct } from "constructs";
import type { Environment } from "../../config/environment.ts";
import type { Names } from "../../config/names.ts";
import { changeStatements } from "./changes.ts";
import { GITHUB_TOKEN_HOST, type RoleScope } from "./role-scope.ts";
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
 * The roles that a repository's workflows take over OIDC, with no key kept anywhere: one that plans, reads no item and
 * writes nothing but the lock, and one that deploys what the messaging stack has in this environment, and that alone.
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
        ? `arn:aws:iam::${account}:oidc-provider/${GITHUB_TOKEN_HOST}`
        : new IamOpenidConnectProvider(this, "github", {
            url: `https://${GITHUB_TOKEN_HOST}`,
            clientIdList: ["sts.amazonaws.com"],
          }).arn;
    const role = (kind: "plan" | "deploy", name: string, description: string, from: readonly string[]) =>
      new IamRole(this, `${kind}-role`, {
        name,
        description,
        assumeRolePolicy: trust(
          provider,
          from.map((job) => `repo:${pipeline.repository}:environment:${job}`),
        ),
      });
    const { planFrom = [environment.name, `${environment.name}-plan`] } = pipeline;
    const plan = role("plan", names.planRole, "Plans and reviews; changes nothing", planFrom);
    const deploy = role("deploy", names.deployRole, "Deploys releases", [environment.name]);
    for (const [kind, { name }, statements] of [
      ["plan-reads", plan, [...readStatements(roleScope), ...bootstrapReadStatements(roleScope)]],
      ["deploy-reads", deploy, readStatements(roleScope)],
      ["deploy-changes", deploy, changeStatements(roleScope)],
    ] as const)
      new IamRolePolicy(this, kind, { name: kind, role: name, policy: policyDocument(...statements) });
  }
}

/** Both are said: who GitHub says it is for, and which repository's jobs, in which of its environments. */
function trust(provider: string, subjects: readonly string[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: provider },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            [`${GITHUB_TOKEN_HOST}:aud`]: "sts.amazonaws.com",
            [`${GITHUB_TOKEN_HOST}:sub`]: subjects,
          },
        },
      },
    ],
  });
}
