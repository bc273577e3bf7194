import { IamOpenidConnectProvider } from "@cdktf/provider-aws/lib/iam-openid-connect-provider/index.js";
import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy/index.js";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { Construct } from "constructs";
import type { Environment } from "../../config/environment.ts";
import { replicaRegions } from "../../config/replica-regions.ts";
import { analyticsChanges, analyticsReads } from "./analytics-access.ts";
import { backupChanges, backupReads } from "./backup-access.ts";
import { cacheChanges, cacheReads } from "./cache-access.ts";
import { functionChanges } from "./function-changes.ts";
import { githubTrust } from "./github-trust.ts";
import { OIDC_HOST, type RoleScope } from "./role-scope.ts";
import { bootstrapReads, reads } from "./reads.ts";
import { monitoringChanges } from "./monitoring-changes.ts";
import { networkChanges } from "./network-changes.ts";
import { policyDocument, type Statement } from "../policy.ts";
import { replicaChanges, replicaReads } from "./replica-access.ts";
import { scalingChanges } from "./scaling-changes.ts";
import { stateWrites } from "./state-writes.ts";
import { tableChanges } from "./table-changes.ts";

export interface PipelineRolesProps {
  readonly pipeline: NonNullable<Environment["pipeline"]>;
  readonly roleScope: RoleScope;
}

/**
 * The roles that a repository's GitHub workflows assume over OIDC, without stored keys. The plan role reads the state
 * and describes resources, and writes nothing; the deploy role also changes the resources of the messaging stack.
 * Their permissions are customer managed policies, one for each subject: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export class PipelineRoles extends Construct {
  readonly #scope: RoleScope;
  /** The trust policy of a role that jobs of GitHub environments assume. */
  readonly trust: (githubEnvironments: readonly string[]) => string;

  constructor(scope: Construct, id: string, props: PipelineRolesProps) {
    super(scope, id);
    const { roleScope } = props;
    this.#scope = roleScope;
    const { name } = roleScope.environment;
    const { repository, planFrom = [name, `${name}-plan`] } = props.pipeline;
    const provider = this.#identityProvider(props.pipeline);
    this.trust = (environments) => githubTrust(provider, repository, environments);
    const plan = this.#addRole("plan", "Plans and reviews; changes nothing", this.trust(planFrom));
    const deploy = this.#addRole("deploy", "Deploys releases", this.trust([name]));
    this.#addPolicy("reads", reads(roleScope), { plan, deploy });
    this.#addPolicy("bootstrap-reads", bootstrapReads(roleScope), { plan });
    this.#addPolicy("state-writes", stateWrites(roleScope), { deploy });
    this.#addPolicy("table-changes", tableChanges(roleScope), { deploy });
    const hasAnalytics = roleScope.environment.analytics !== undefined;
    // A role has ten policies at most, so they share one.
    this.#addPolicy(
      "scaling-changes",
      [...scalingChanges(roleScope), ...(hasAnalytics ? analyticsChanges(roleScope) : [])],
      { deploy },
    );
    this.#addPolicy("function-changes", functionChanges(roleScope), { deploy });
    this.#addPolicy("monitoring-changes", monitoringChanges(roleScope), { deploy });
    const hasCache = roleScope.environment.cache !== undefined;
    // The cache is in the network, and a role has ten policies at most.
    this.#addPolicy(
      "network-changes",
      [...networkChanges(roleScope), ...(hasCache ? cacheChanges(roleScope) : [])],
      { deploy },
    );
    const hasReplicas = replicaRegions(roleScope.environment).length > 0;
    const hasBackups = roleScope.environment.backups !== undefined;
    // A role has ten policies at most, so what these read is one.
    if (hasReplicas || hasBackups || hasCache || hasAnalytics)
      this.#addPolicy(
        "optional-reads",
        [
          ...(hasReplicas ? replicaReads(roleScope) : []),
          ...(hasBackups ? backupReads(roleScope) : []),
          ...(hasCache ? cacheReads(roleScope) : []),
          ...(hasAnalytics ? analyticsReads(roleScope) : []),
        ],
        { plan, deploy },
      );
    if (hasReplicas) this.#addPolicy("replica-changes", replicaChanges(roleScope), { deploy });
    if (hasBackups) this.#addPolicy("backup-changes", backupChanges(roleScope), { deploy });
  }

  #identityProvider({ identityProvider }: PipelineRolesProps["pipeline"]): string {
    if (identityProvider === "existing") return `${this.#scope.arn("iam")}:oidc-provider/${OIDC_HOST}`;
    const github = { url: `https://${OIDC_HOST}`, clientIdList: ["sts.amazonaws.com"] };
    return new IamOpenidConnectProvider(this, "github", github).arn;
  }

  #addRole(kind: "plan" | "deploy", description: string, assumeRolePolicy: string): IamRole {
    const name = this.#scope.names[`${kind}Role`];
    return new IamRole(this, `${kind}-role`, { name, description, assumeRolePolicy });
  }

  #addPolicy(subject: string, statements: readonly Statement[], roles: Readonly<Record<string, IamRole>>) {
    const policy = new IamPolicy(this, subject, {
      name: `${this.#scope.names.pipelinePolicy}${subject}`,
      policy: policyDocument(...statements),
    });
    for (const [kind, role] of Object.entries(roles))
      new IamRolePolicyAttachment(this, `${kind}-${subject}`, { role: role.name, policyArn: policy.arn });
  }
}
