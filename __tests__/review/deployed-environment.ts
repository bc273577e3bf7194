import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { type Environment, type EnvironmentLiteral, environmentSchema } from "../../config/environment.ts";
import { stackNames } from "../../config/names.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { planned } from "../../terraform/plan-environment.ts";
import type { PlanJson } from "../../terraform/plan-json.ts";
import { stackFolder } from "../../terraform/synthesize.ts";
import { init } from "../../terraform/terraform.ts";
import { deployInto, synthesizeFor } from "../support/deploy-environment.ts";
import { TerraformWithProviders } from "../support/provider-server.ts";
import type { Change } from "./changes.ts";
import { Code } from "./code.ts";

/** The account of the embedded AWS that all of it is in. */
const ACCOUNT = "111111111111";

/** A real plan, and where it was made. */
export interface RealPlan {
  readonly json: PlanJson;
  /** Holds `cdk.tf.json` and `plan.json`. */
  readonly folder: string;
  readonly refused: readonly string[];
}

/** An environment that is deployed in an embedded AWS of its own. */
export class DeployedEnvironment {
  readonly environment: Environment;
  readonly aws: EmbeddedAws;
  readonly #folder: string;
  readonly #addition: (code: Code) => void;
  readonly #terraform = new TerraformWithProviders();
  #plans = 0;

  private constructor(environment: Environment, aws: EmbeddedAws, addition: (code: Code) => void) {
    this.environment = environment;
    this.aws = aws;
    this.#folder = mkdtempSync(join(tmpdir(), "review-"));
    this.#addition = addition;
  }

  /** @param addition what the messaging stack has beside what our code makes, here and in every plan. */
  static async deploy(literal: EnvironmentLiteral, addition: (code: Code) => void = () => undefined) {
    const aws = await startEmbeddedAws();
    const deployed = new DeployedEnvironment(environmentSchema.parse(literal), aws, addition);
    const output = join(deployed.#folder, "deployed");
    synthesizeFor(aws, literal, output);
    writeCode(stackFolder(stackNames(literal.name).messaging, output), addition);
    await deployInto(aws, ACCOUNT, literal.name, output);
    for (const stack of Object.values(stackNames(literal.name))) await deployed.#keepState(stack, output);
    await deployed.#terraform.serve(aws.environmentFor(ACCOUNT));
    process.env["TERRAFORM_BINARY_NAME"] = deployed.#terraform.binary;
    return deployed;
  }

  async stop(): Promise<void> {
    await this.#terraform.stop();
    await this.aws.stop();
    rmSync(this.#folder, { recursive: true });
  }

  /** An attribute of a deployed resource. */
  deployed(address: string, attribute: string): unknown {
    for (const { resources } of Object.values(stackNames(this.environment.name)).map((stack) =>
      this.#state(stack),
    ))
      for (const { type, name, instances } of resources)
        if (`${type}.${name}` === address) return instances[0]?.attributes[attribute];
    throw new Error(`${address} is not deployed`);
  }

  /**
   * Plans a change of the deployed environment with the real provider, without asking AWS anew.
   */
  async plan({ literal, edit = () => undefined, stack: kind = "messaging" }: Change): Promise<RealPlan> {
    const output = this.#newFolder();
    synthesizeFor(this.aws, literal ?? this.environment, output);
    const stack = stackNames(this.environment.name)[kind];
    const folder = stackFolder(stack, output);
    const change = (code: Code) => {
      if (kind === "messaging") this.#addition(code);
      edit(code);
    };
    writeCode(folder, change, (address, attribute) => this.deployed(address, attribute));
    writeFileSync(
      join(folder, "local_override.tf.json"),
      JSON.stringify({ terraform: { backend: { local: {} } } }),
    );
    cpSync(this.#stateFile(stack), join(folder, "terraform.tfstate"));
    const run = { folder, env: this.aws.environmentFor(ACCOUNT) };
    return turn(async () => {
      await init(run);
      return { folder, ...(await planned(run, "-refresh=false")) };
    });
  }

  #newFolder(): string {
    const folder = join(this.#folder, `${++this.#plans}`);
    mkdirSync(folder);
    return folder;
  }

  async #keepState(stack: string, output: string): Promise<void> {
    const { stdout } = await execa(process.env["TERRAFORM_BINARY_NAME"] ?? "terraform", ["state", "pull"], {
      cwd: stackFolder(stack, output),
      env: this.aws.environmentFor(ACCOUNT),
    });
    writeFileSync(this.#stateFile(stack), stdout);
  }

  #stateFile(stack: string): string {
    return join(this.#folder, `${stack}.tfstate`);
  }

  #state(stack: string): State {
    const file = this.#stateFile(stack);
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as State) : { resources: [] };
  }
}

interface State {
  readonly resources: readonly {
    readonly type: string;
    readonly name: string;
    readonly instances: readonly { readonly attributes: Readonly<Record<string, unknown>> }[];
  }[];
}

function writeCode(
  folder: string,
  edit: (code: Code) => void,
  deployed?: (address: string, attribute: string) => unknown,
): void {
  const file = join(folder, "cdk.tf.json");
  const code = new Code(readFileSync(file, "utf8"), deployed);
  edit(code);
  writeFileSync(file, code.text);
}

/** Two plans at a time: more of them only wait for each other. */
const turns: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];

async function turn<T>(work: () => Promise<T>): Promise<T> {
  const before = turns.shift();
  const mine = (before ?? Promise.resolve()).catch(() => undefined).then(work);
  turns.push(mine);
  return mine;
}
