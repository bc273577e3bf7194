import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectFolder } from "../../config/project-folder.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { planned, type StackPlan } from "../../terraform/plan-environment.ts";
import { pinnedProviderVersion } from "../../terraform/provider-mirror.ts";
import { apply, destroy, init, plan, type StackRun } from "../../terraform/terraform.ts";
import { ACCOUNT } from "./messages-table.ts";
import { setTerraform, TerraformWithProviders } from "./provider-server.ts";

/** Arguments of resources by type and name, as in Terraform's JSON. */
export type Resources = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** Resources that the real Terraform and provider deploy into the tests' account of the embedded AWS. */
export class DeployedCode {
  readonly #folder = mkdtempSync(join(tmpdir(), "deployed-code-"));
  readonly #terraform = new TerraformWithProviders();
  readonly #binaryBefore = process.env["TERRAFORM_BINARY_NAME"];
  readonly #run: StackRun;

  private constructor(env: ReturnType<EmbeddedAws["environmentFor"]>) {
    this.#run = { folder: this.#folder, env };
    copyFileSync(join(projectFolder, "terraform.lock.hcl"), join(this.#folder, ".terraform.lock.hcl"));
  }

  /** Starts with nothing deployed. Until `remove`, this process's Terraform is the one with this provider. */
  static async start(aws: EmbeddedAws): Promise<DeployedCode> {
    const env = aws.environmentFor(ACCOUNT);
    const code = new DeployedCode(env);
    await code.#terraform.serve(env);
    setTerraform(code.#terraform.binary);
    return code;
  }

  /**
   * Plans the code, changing nothing.
   * @param data its data sources. Default: none.
   */
  async plan(resource: Resources, data?: Resources, ...options: string[]): Promise<StackPlan> {
    await this.#write(resource, data);
    const { folder } = this.#run;
    return { stack: "code", folder, ...(await planned(this.#run, ...options)) };
  }

  async #write(resource: Resources, data?: Resources): Promise<void> {
    const aws = { source: "aws", version: pinnedProviderVersion() };
    const terraform = { backend: { local: {} }, required_providers: { aws } };
    writeFileSync(join(this.#folder, "cdk.tf.json"), JSON.stringify({ terraform, data, resource }));
    await init(this.#run);
  }

  /**
   * Plans the code, applies it, and plans it again.
   * @param data its data sources. Default: none.
   * @returns whether the plan had changes, before and after it was applied
   */
  async deploy(resource: Resources, data?: Resources): Promise<{ before: boolean; after: boolean }> {
    await this.#write(resource, data);
    const before = await plan(this.#run, "plan.tfplan");
    if (before) await apply(this.#run, "plan.tfplan");
    return { before, after: await plan(this.#run, "plan.tfplan") };
  }

  /** Destroys what is deployed. */
  async destroy(): Promise<void> {
    await destroy(this.#run);
  }

  /** Removes the code, its state and the provider. */
  async remove(): Promise<void> {
    setTerraform(this.#binaryBefore);
    await this.#terraform.stop();
    rmSync(this.#folder, { recursive: true });
  }
}
