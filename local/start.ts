import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { styleText } from "node:util";
import { Command } from "commander";
import { Listr, type ListrTask, PRESET_TIMER } from "listr2";
import { projectFolder } from "../config/project-folder.ts";
import type { Environment } from "../config/environment.ts";
import { environmentNamed, loadEnvironments } from "../config/load-environments.ts";
import { namesOf } from "../config/names.ts";
import { UserError } from "../config/user-error.ts";
import { runCommandLine } from "../commands/command-line.ts";
import { findProviderMirror, pinnedProviderVersion } from "../terraform/provider-mirror.ts";
import { synthesize } from "../terraform/synthesize.ts";
import { terraformVersion } from "../terraform/terraform.ts";
import { localAccounts } from "./accounts.ts";
import { bootstrapEnvironment, deployEnvironment, type Deployment } from "./deploy.ts";
import { clientSettings, type EmbeddedAws } from "./embedded-aws/embedded-aws.ts";
import { type AwsEndpoint, configuredEndpoint } from "./embedded-aws/configured-endpoint.ts";
import { findDetachedEmbeddedAws } from "./embedded-aws/detached-instance.ts";
import { startEmbeddedAws } from "./embedded-aws/start.ts";
import { nextSteps, demoReport } from "./demo-report.ts";
import { type DemoResult, runDemo } from "./demo.ts";

interface Options {
  readonly environment?: string;
  readonly keep: boolean;
}

/** Runs whose stacks and logs are kept, the newest. */
const RUNS_KEPT = 5;

/** Deploys the environments into an embedded AWS and shows them working. */
async function start({ environment: only, keep }: Options): Promise<void> {
  const all = loadEnvironments();
  const environments = only === undefined ? all : [environmentNamed(only, all)];
  const accounts = localAccounts(all);
  const output = await runFolder();
  const logFile = join(output, "terraform.log");
  const demoResults = new Map<string, DemoResult>();
  let aws: AwsEndpoint | undefined;
  let started: EmbeddedAws | undefined;
  let step = "";

  const task = (title: string, work: (task: Task) => Promise<string | undefined>): ListrTask => ({
    title,
    task: async (_, task) => {
      step = title;
      const outcome = await work(task);
      if (outcome !== undefined) task.title = `${title}: ${outcome}`;
    },
  });
  const running = () => {
    if (aws) return aws;
    throw new Error("the embedded AWS was not started");
  };
  const account = (environment: Environment) => accounts.get(environment.name) ?? "";
  const deployment = (environment: Environment, task: Task): Deployment => ({
    environment: environment.name,
    output,
    env: running().environmentFor(account(environment)),
    logFile,
    onProgress: (message) => {
      task.output = message;
    },
  });

  const tasks = new Listr(
    [
      task("Check the tools", async () => {
        const provider = findProviderMirror() ?? "the registry";
        return `Terraform ${await terraformVersion()}, AWS provider ${pinnedProviderVersion()} from ${provider}`;
      }),
      task("Start an embedded AWS", async (task) => {
        const onProgress = (message: string) => {
          task.output = message;
        };
        aws = configuredEndpoint() ?? (await findDetachedEmbeddedAws());
        if (aws) return `${aws.endpoint}, as found running`;
        aws = started = await startEmbeddedAws({ detached: keep, onProgress });
        return `${aws.endpoint}, IAM enforced`;
      }),
      task("Synthesize", async () => {
        await synthesize(output, { AWS_ENDPOINT_URL: running().endpoint });
        return undefined;
      }),
      ...environments.map((environment) =>
        task(
          `Bootstrap ${environment.name}`,
          async (task) => `state bucket ${await bootstrapEnvironment(deployment(environment, task))}`,
        ),
      ),
      ...environments.map((environment) =>
        task(`Plan and apply ${environment.name}`, async (task) =>
          (await deployEnvironment(deployment(environment, task))) ? "deployed" : "no changes",
        ),
      ),
      ...environments.map((environment) =>
        task(`Send messages in ${environment.name}`, async () => {
          const settings = clientSettings(running(), account(environment), environment.region);
          const result = await runDemo(settings, namesOf(environment));
          demoResults.set(environment.name, result);
          return `the inboxes moved after ${result.movedAfterMilliseconds} ms`;
        }),
      ),
    ],
    { rendererOptions: { timer: PRESET_TIMER }, fallbackRendererOptions: { timer: PRESET_TIMER } },
  );

  try {
    await tasks.run();
  } catch (error) {
    await started?.stop();
    const logs = [output, ...(started ? [started.logFile] : [])].join(" and ");
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`\n${styleText("red", `Failed at: ${step}`)}\n${reason}\nThe logs are in ${logs}`);
  }
  for (const [name, result] of demoResults) console.log(demoReport(name, result).join("\n"));
  const stays = keep || started === undefined;
  console.log(nextSteps(running(), environments.map(account), stays).join("\n"));
  if (!stays) await started?.stop();
}

type Task = Parameters<ListrTask["task"]>[1];

/** A folder of this run's own for the synthesized stacks and Terraform's log. */
async function runFolder(): Promise<string> {
  const runs = join(projectFolder, ".local", "start");
  await mkdir(runs, { recursive: true });
  const earlier = (await readdir(runs)).sort().slice(0, 1 - RUNS_KEPT);
  await Promise.all(earlier.map((name) => rm(join(runs, name), { recursive: true, force: true })));
  return mkdtemp(join(runs, `${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}-`));
}

await runCommandLine(
  new Command("npm start --")
    .description(
      "Deploys dev and prod into an embedded AWS on this machine, sends messages, and shows the inboxes move.",
    )
    .option("--environment <name>", "deploy this environment alone")
    .option("--keep", "leave the embedded AWS running afterwards; `npm stop` ends it", false)
    .action(start),
);
