import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { styleText } from "node:util";
import { Listr, type ListrTask, PRESET_TIMER } from "listr2";
import { projectFolder } from "../config/project-folder.ts";
import type { Environment } from "../config/environment.ts";
import { loadEnvironments } from "../config/load-environments.ts";
import { namesOf } from "../config/names.ts";
import { UserError } from "../config/user-error.ts";
import { findProviderMirror, pinnedProviderVersion } from "../terraform/provider-mirror.ts";
import { synthesize } from "../terraform/synthesize.ts";
import { terraformVersion } from "../terraform/terraform.ts";
import { localAccount } from "./accounts.ts";
import { withCache } from "./cached-reads/cached-environment.ts";
import { instanceAt, tellOfCache } from "./cached-reads/tell.ts";
import { bootstrapEnvironment, cacheEndpoint, deployEnvironment, type Deployment } from "./deploy.ts";
import { clientSettings, type EmbeddedAws, environmentFor } from "./embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "./embedded-aws/start.ts";
import { nextSteps, demoReport } from "./demo-report.ts";
import { runDemo } from "./demo.ts";
import { runningEndpoint } from "./running-instance.ts";
import { writeShellFile } from "./shell-files.ts";

export interface StartOptions {
  /** Deploy this environment only. Default: all. */
  readonly environment?: Environment;
  /** Whether the environment, the first one by default, gets a cache and is read through it. */
  readonly cache: boolean;
  /** Whether the embedded AWS keeps running. */
  readonly keep: boolean;
}

/** Number of runs whose stacks and logs are kept. */
const MAXIMUM_RUN_FOLDERS = 5;

/** Deploys the environments into an embedded AWS, and runs the demo in each. */
export async function start({ environment: selected, cache, keep }: StartOptions): Promise<void> {
  const all = selected === undefined ? loadEnvironments() : [selected];
  const environments = cache ? all.slice(0, 1).map(withCache) : all;
  const output = await createRunFolder();
  const logFile = join(output, "terraform.log");
  const reports: string[] = [];
  let endpoint = "";
  let started: EmbeddedAws | undefined;
  let currentStep = "";

  const step = (title: string, run: (task: Task) => Promise<string | undefined>): ListrTask => ({
    title,
    task: async (_, task) => {
      currentStep = title;
      const outcome = await run(task);
      if (outcome !== undefined) task.title = `${title}: ${outcome}`;
    },
  });
  const progressOf = (task: Task) => (message: string) => {
    task.output = message;
  };
  const deployment = (environment: Environment, task: Task): Deployment => ({
    environment: environment.name,
    output,
    env: environmentFor(endpoint, localAccount(environment)),
    logFile,
    onProgress: progressOf(task),
  });

  const stepForEach = (
    title: string,
    run: (environment: Environment, task: Task) => Promise<string>,
  ): ListrTask[] =>
    environments.map((environment) => step(`${title} ${environment.name}`, (task) => run(environment, task)));

  const readCached = async (environment: Environment, task: Task) => {
    const endpointOfCache = await cacheEndpoint(deployment(environment, task));
    const { lines, outcome } = await tellOfCache(
      environment,
      endpointOfCache,
      started ?? (await instanceAt(endpoint)),
    );
    reports.push(...lines);
    return outcome;
  };

  const tasks = new Listr(
    [
      step("Check the tools", async () => {
        const provider = findProviderMirror() ?? "the registry";
        return `Terraform ${await terraformVersion()}, AWS provider ${pinnedProviderVersion()} from ${provider}`;
      }),
      step("Start an embedded AWS", async (task) => {
        endpoint = (await runningEndpoint(environments)) ?? "";
        if (endpoint !== "") {
          if (cache) await instanceAt(endpoint);
          return `${endpoint}, already running`;
        }
        started = await startEmbeddedAws({ detached: keep, onProgress: progressOf(task) });
        endpoint = started.endpoint;
        return `${endpoint}, IAM enforced`;
      }),
      step("Synthesize", async () => {
        if (cache) await synthesizeApart(environments, output, endpoint);
        else await synthesize(output, { AWS_ENDPOINT_URL: endpoint });
        return undefined;
      }),
      ...stepForEach("Bootstrap", async (environment, task) => {
        return `state bucket ${await bootstrapEnvironment(deployment(environment, task))}`;
      }),
      ...stepForEach("Plan and apply", async (environment, task) => {
        return (await deployEnvironment(deployment(environment, task))) ? "deployed" : "no changes";
      }),
      ...stepForEach("Send messages in", async (environment) => {
        const settings = clientSettings({ endpoint }, localAccount(environment), environment.region);
        const result = await runDemo(settings, namesOf(environment));
        reports.push(...demoReport(environment.name, result));
        return `the inboxes moved after ${result.movedAfterMilliseconds} ms`;
      }),
      ...(cache ? stepForEach("Read through the cache of", readCached) : []),
    ],
    { rendererOptions: { timer: PRESET_TIMER }, fallbackRendererOptions: { timer: PRESET_TIMER } },
  );

  try {
    await tasks.run();
  } catch (error) {
    await started?.stop();
    const logs = [output, ...(started ? [started.logFile] : [])].join(" and ");
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `\n${styleText("red", `Failed at: ${currentStep}`)}\n${reason}\nThe logs are in ${logs}`,
    );
  }
  console.log(reports.join("\n"));
  const keepsRunning = keep || started === undefined;
  const shellFiles = keepsRunning ? environments.map((each) => writeShellFile(each, endpoint)) : [];
  console.log(nextSteps(environments, keepsRunning ? { endpoint, shellFiles } : undefined).join("\n"));
  if (!keepsRunning) await started?.stop();
}

/** Synthesizes environments that are not as config/environments has them. What that needs is loaded here, since it is large. */
async function synthesizeApart(environments: readonly Environment[], output: string, endpoint: string) {
  const { synthesizeEnvironment } = await import("./synthesize-environment.ts");
  for (const environment of environments) synthesizeEnvironment(environment, output, endpoint);
}

type Task = Parameters<ListrTask["task"]>[1];

/** Creates a folder for this run's synthesized stacks and log, and removes the oldest ones. */
async function createRunFolder(): Promise<string> {
  const runs = join(projectFolder, ".local", "start");
  await mkdir(runs, { recursive: true });
  const oldest = (await readdir(runs)).sort().slice(0, 1 - MAXIMUM_RUN_FOLDERS);
  await Promise.all(oldest.map((name) => rm(join(runs, name), { recursive: true, force: true })));
  return mkdtemp(join(runs, `${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}-`));
}
