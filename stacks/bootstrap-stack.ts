import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { Environment } from "../config/environment.ts";
import { namesOf, stackNames } from "../config/names.ts";
import { bindToEnvironment } from "../constructs/remote-state.ts";
import { StateBucket } from "../constructs/state-bucket.ts";

/** What has to be there before anything else can be deployed: where the state is kept. Applied once per environment. */
export class BootstrapStack extends TerraformStack {
  constructor(scope: Construct, environment: Environment) {
    super(scope, stackNames(environment.name).bootstrap);
    const names = namesOf(environment);
    bindToEnvironment(this, environment, "bootstrap.tfstate");
    new StateBucket(this, "state", { name: names.stateBucket, keyAlias: names.stateKeyAlias });
  }
}
