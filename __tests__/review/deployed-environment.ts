import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { type Environment, type EnvironmentLiteral, environmentSchema } from "../../config/environment.ts";
import { stackNames } from "../../config/names.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { planned, type StackPlan } from "../../terraform/plan-environment.ts";
import { stackFolder } from "../../terraform/synthesize.ts";
import { init } from "../../terraform/terraform.ts";
import { deployInto, synthesizeFor } from "../support/deploy-environment.ts";
import { setTerraform, TerraformWithProviders } from "../support/provider-server.ts";
import type { Change } from "./changes.ts";
import { Code } from "./code.ts";

/** The account of the embedded AWS that all of it is in. */
const ACCOUNT = "111111111111";

/** An environment that is deployed in an embedded AWS of its own. */
export class DeployedEnvironment {
  /** What is deployed. */
  environment: Environment;
  readonly #aws: EmbeddedAws;
  readonly #folder = mkdtempSync(join(tmpdir(), "review-"));
  readonly #addition: (code: Code) => void;
  readonly #terraform = new TerraformWithProviders();
  readonly #binary = process.env["TERRAFORM_BINARY_NAME"];

  private constructor(environment: Environment, aws: EmbeddedAws, addition: (code: Code) => void) {
    this.environment = environment;
    this.#aws = aws;
    this.#addition = addition;
  }

  /** @param addition what the messaging stack has beside what our code makes, here and in every plan. Default: nothing */
  static async deploy(literal: EnvironmentLiteral, addition: (code: Code) => void = () => undefined) {
    const aws = await startEmbeddedAws();
    const deployed = new DeployedEnvironment(environmentSchema.parse(literal), aws, addition);
    await deployed.deploy(literal);
    await deployed.#terraform.serve(aws.environmentFor(ACCOUNT));
    setTerraform(deployed.#terraform.binary);
    return deployed;
  }

  /** Deploys it, with the settings that it has from then on. */
  async deploy(literal: EnvironmentLiteral): Promise<void> {
    this.environment = environmentSchema.parse(literal);
    const output = mkdtempSync(join(this.#folder, "deployed-"));
    const { messaging, bootstrap } = stackNames(literal.name);
    synthesizeFor(this.#aws, literal, output);
    this.#editCode(stackFolder(messaging, output), this.#addition);
    await this.#withOwnProviders(() => deployInto(this.#aws, ACCOUNT, literal.name, output));
    for (const stack of [messaging, bootstrap]) await this.#keepState(stack, output);
  }

  /** Lets Terraform start the providers: one that runs already knows one region only. */
  async #withOwnProviders<T>(work: () => Promise<T>): Promise<T> {
    const before = process.env["TERRAFORM_BINARY_NAME"];
    setTerraform(this.#binary);
    try {
      return await work();
    } finally {
      setTerraform(before);
    }
  }

  async stop(): Promise<void> {
    await this.#terraform.stop();
    await this.#aws.stop();
    rmSync(this.#folder, { recursive: true });
  }

  /**
   * Plans a change of the deployed environment with the real provider.
   * @param refresh whether to ask AWS anew. Default: false
   */
  async plan({ literal, edit, stack: kind = "messaging" }: Change, refresh = false): Promise<StackPlan> {
    const output = mkdtempSync(join(this.#folder, "plan-"));
    synthesizeFor(this.#aws, literal ?? this.environment, output);
    const stack = stackNames(this.environment.name)[kind];
    const folder = stackFolder(stack, output);
    this.#editCode(folder, (code) => {
      if (kind === "messaging") this.#addition(code);
      edit?.(code);
    });
    writeFileSync(
      join(folder, "local_override.tf.json"),
      JSON.stringify({ terraform: { backend: { local: {} } } }),
    );
    cpSync(this.#stateFile(stack), join(folder, "terraform.tfstate"));
    const run = { folder, env: this.#aws.environmentFor(ACCOUNT) };
    const planOnce = async () => {
      await init(run);
      return { stack, folder, ...(await planned(run, ...(refresh ? [] : ["-refresh=false"]))) };
    };
    const { provider } = JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8")) as StackJson;
    return refresh || provider.aws.length > 1 ? this.#withOwnProviders(planOnce) : turn(planOnce);
  }

  #editCode(folder: string, edit: (code: Code) => void): void {
    const file = join(folder, "cdk.tf.json");
    const code = new Code(readFileSync(file, "utf8"), (address, attribute) =>
      this.#deployedAttribute(address, attribute),
    );
    edit(code);
    writeFileSync(file, code.text);
  }

  #deployedAttribute(address: string, attribute: string): unknown {
    const file = this.#stateFile(stackNames(this.environment.name).messaging);
    const { resources } = JSON.parse(readFileSync(file, "utf8")) as State;
    const resource = resources.find(({ type, name }) => `${type}.${name}` === address);
    if (!resource) throw new Error(`${address} is not deployed`);
    return resource.instances[0]?.attributes[attribute];
  }

  async #keepState(stack: string, output: string): Promise<void> {
    const { stdout } = await execa(process.env["TERRAFORM_BINARY_NAME"] ?? "terraform", ["state", "pull"], {
      cwd: stackFolder(stack, output),
      env: this.#aws.environmentFor(ACCOUNT),
    });
    writeFileSync(this.#stateFile(stack), stdout);
  }

  #stateFile(stack: string): string {
    return join(this.#folder, `${stack}.tfstate`);
  }
}

interface StackJson {
  readonly provider: { readonly aws: readonly unknown[] };
}

interface State {
  readonly resources: readonly {
    readonly type: string;
    readonly name: string;
    readonly instances: readonly { readonly attributes: Readonly<Record<string, unknown>> }[];
  }[];
}

/** Two plans at a time: more of them only wait for each other. */
const turns: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];

async function turn<T>(work: () => Promise<T>): Promise<T> {
  const mine = Promise.resolve(turns.shift())
    .catch(() => undefined)
    .then(work);
  turns.push(mine);
  return mine;
}
