import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { Environment } from "../config/environment.ts";
import { namesOf, stackNames, stateBucketKeys } from "../config/names.ts";
import { PipelineRoles } from "../constructs/pipeline-roles/pipeline-roles.ts";
import { addProviderAndBackend } from "../constructs/provider-and-backend.ts";
import { StateBucket } from "../constructs/state-bucket.ts";

/**
 * What has to be there before anything else can be deployed: where the state and the evidence are kept, and the roles
 * of the pipelines. Applied once per environment, by a person.
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
