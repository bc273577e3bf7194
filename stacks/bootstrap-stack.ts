import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { Environment } from "../config/environment.ts";
import { namesOf, stackNames, stateBucketKeys } from "../config/names.ts";
import { PipelineRoles } from "../constructs/pipeline-roles/pipeline-roles.ts";
import { addProviderAndBackend } from "../constructs/provider-and-backend.ts";
import { StateBucket } from "../constructs/state-bucket.ts";

/**
 * The state bucket and the pipeline roles of an environment, which its deployments need. A person applies it once per
 * environment.
 */
export class BootstrapStack extends TerraformStack {
  constructor(scope: Construct, environment: Environment) {
    super(scope, stackNames(environment.name).bootstrap);
    const names = namesOf(environment);
    addProviderAndBackend(this, environment, stateBucketKeys.bootstrap);
    const state = new StateBucket(this, "state", { name: names.stateBucket, keyAlias: names.stateKeyAlias });
    if (environment.pipeline)
      new PipelineRoles(this, "pipeline", { environment, pipeline: environment.pipeline, names, state });
  }
}
