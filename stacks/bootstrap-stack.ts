import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { vaultRegions } from "../config/backup-regions.ts";
import type { Environment } from "../config/environment.ts";
import { drillEnvironment, namesOf, stackNames, stateBucketKeys } from "../config/names.ts";
import { addBackupOptIn } from "../constructs/backup/backup-opt-in.ts";
import { AnalystRole } from "../constructs/pipeline-roles/analyst-role.ts";
import { PermissionsBoundary } from "../constructs/pipeline-roles/permissions-boundary.ts";
import { PipelineRoles } from "../constructs/pipeline-roles/pipeline-roles.ts";
import { RestoreRoles } from "../constructs/pipeline-roles/restore-roles.ts";
import { roleScope } from "../constructs/pipeline-roles/role-scope.ts";
import { addProviderAndBackend, addProviderFor } from "../constructs/provider-and-backend.ts";
import { StateBucket } from "../constructs/state-bucket.ts";

/**
 * What the deployments of an environment need: the state bucket, the roles of the pipeline, of restores and of analysts, and
 * the permissions boundary of all other roles. A person applies it once per environment.
 */
export class BootstrapStack extends TerraformStack {
  constructor(scope: Construct, environment: Environment) {
    super(scope, stackNames(environment.name).bootstrap);
    const names = namesOf(environment);
    addProviderAndBackend(this, environment, stateBucketKeys.bootstrap);
    const state = new StateBucket(this, "state", { name: names.stateBucket, keyAlias: names.stateKeyAlias });
    const scopeOfRoles = roleScope(environment, names, state);
    new PermissionsBoundary(this, "permissions-boundary", scopeOfRoles);
    const { name, pipeline, restore, analytics } = environment;
    this.#addBackupOptIns(environment);
    const pipelineRoles =
      pipeline && new PipelineRoles(this, "pipeline", { pipeline, roleScope: scopeOfRoles });
    if (restore)
      new RestoreRoles(this, "restore", {
        roleScope: scopeOfRoles,
        takenBy: restore.takenBy,
        drillTrust: pipelineRoles?.trust([drillEnvironment(name)]),
      });
    if (analytics)
      new AnalystRole(this, "analyst", { roleScope: scopeOfRoles, queriedBy: analytics.queriedBy });
  }

  /** Terraform needs the provider of a former region to forget what is there. */
  #addBackupOptIns(environment: Environment): void {
    const current = vaultRegions(environment);
    const providers = new Map(
      [...new Set([...current, ...(environment.formerRegions ?? [])])].map((region) => [
        region,
        addProviderFor(region, this, environment),
      ]),
    );
    if (environment.backups) addBackupOptIn(this, "backup-opt-in");
    for (const region of current) addBackupOptIn(this, `backup-opt-in-${region}`, providers.get(region));
  }
}
