import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { execa } from "execa";
import { loadEnvironments } from "../config/load-environments.ts";
import { promotionJob } from "../config/new-environment/next-steps.ts";
import { projectFolder } from "../config/project-folder.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
}

type Permissions = Readonly<Record<string, string>>;

interface Job {
  readonly if?: string;
  readonly environment?: string;
  readonly permissions?: Permissions;
  readonly needs?: string;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: unknown };
  readonly steps: readonly Step[];
}

/** A job that is another workflow of this repository. */
interface CallingJob extends Omit<Job, "steps" | "environment"> {
  readonly uses: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly secrets?: unknown;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Permissions;
  readonly jobs: Readonly<Record<string, Job | CallingJob>>;
}

const folder = join(projectFolder, ".github/workflows");
const workflows = readdirSync(folder).map((name) => {
  const text = readFileSync(join(folder, name), "utf8");
  return { name, text, workflow: parse(text) as Workflow };
});
const allJobs = workflows.flatMap(({ name, workflow }) =>
  Object.entries(workflow.jobs).map(([id, job]) => ({ name: `${name}, ${id}`, job, workflow })),
);
const jobs = allJobs.flatMap(({ job, ...rest }) => ("steps" in job ? [{ ...rest, job }] : []));
const calls = allJobs.flatMap(({ job, ...rest }) => ("uses" in job ? [{ ...rest, job }] : []));
const workflowOf = (file: string) => workflows.find(({ name }) => name === file)?.workflow;
const names = loadEnvironments().map(({ name }) => name);

const uses = (action: string) => (step: Step) => step.uses?.startsWith(`${action}@`) === true;
const getsCredentials = uses("aws-actions/configure-aws-credentials");
const INSTALL = "node run.mjs";

describe.each(workflows)("$name", ({ text, workflow }) => {
  const steps = Object.values(workflow.jobs).flatMap((job) => ("steps" in job ? job.steps : []));

  test("names every action by its commit", () => {
    for (const step of steps) if (step.uses) expect(step.uses).toMatch(/^[\w./-]+@[0-9a-f]{40}$/);
  });

  test("checks out what GitHub chose for the event, and leaves no token behind", () => {
    for (const step of steps.filter(uses("actions/checkout"))) {
      expect(step.with).toMatchObject({ "persist-credentials": false });
      expect(step.with).not.toHaveProperty("ref");
      expect(step.with).not.toHaveProperty("repository");
    }
  });

  test("reads only, unless a job says what else it needs", () => {
    expect(workflow.permissions).toEqual({ contents: "read" });
  });

  test("has no credentials where its author may be the author of a pull request", () => {
    expect(workflow.on).not.toHaveProperty("pull_request_target");
    if (!("pull_request" in workflow.on)) return;
    expect(text).not.toMatch(/id-token|secrets\.|github\.token|GITHUB_TOKEN|configure-aws-credentials/);
    for (const job of Object.values(workflow.jobs)) {
      expect(Object.values(job.permissions ?? {})).not.toContain("write");
      expect(job).not.toHaveProperty("environment");
      if ("uses" in job) expect(job.uses).toBe("./.github/workflows/environments.yml");
    }
  });
});

describe.each(jobs.filter(({ job }) => job.steps.some(getsCredentials)))(
  "$name, with credentials",
  ({ job }) => {
    const first = job.steps.findIndex(getsCredentials);
    const [before, after] = [job.steps.slice(0, first), job.steps.slice(first)];

    test("is in a GitHub environment, which allows main alone", () => {
      expect(job.environment).toMatch(
        /^([a-z][a-z0-9]+|\$\{\{ matrix\.name \}\}-(plan|drill)|\$\{\{ inputs\.to \}\}(-plan)?)$/,
      );
      expect(job.permissions).toMatchObject({ contents: "read", "id-token": "write" });
    });

    test("installs before it gets them, without development's packages, and runs nothing else before", () => {
      expect(before.filter(({ run }) => run !== undefined)).toEqual([
        { run: INSTALL, env: { NPM_CONFIG_OMIT: "dev" } },
      ]);
    });

    test("then runs this project's commands alone, on what it already has", () => {
      for (const { run, uses: action } of after) {
        if (run !== undefined)
          expect(run).toMatch(
            /^(export "\$\{FROM_VARIABLES\}_\w+=\$\w+"\n)*npm run [\w-]+ -- [^&|;`\n]*\n?$/,
          );
        else expect(action).toMatch(/^aws-actions\/configure-aws-credentials@/);
      }
    });
  },
);

test("a job that may prove who it is does so for a role, in a GitHub environment, or for an attestation, running no code", () => {
  const proving = jobs.filter(({ job }) => job.permissions?.["id-token"] === "write");
  for (const { name, job } of proving) {
    const isAttestation = !job.steps.some(getsCredentials);
    expect([name, job.steps.some(uses("actions/attest-build-provenance"))]).toEqual([name, isAttestation]);
    expect([name, job.environment === undefined]).toEqual([name, isAttestation]);
    if (isAttestation) for (const { run } of job.steps) expect(run).toBeUndefined();
  }
  expect(proving.length).toBeGreaterThan(0);
});

describe.each(allJobs.filter(({ workflow }) => "workflow_run" in workflow.on))(
  "$name, after a pull request's run",
  ({ job, workflow }) => {
    test("follows only a run that succeeded, for a pull request from this repository", () => {
      expect(workflow.on).toEqual({ workflow_run: { workflows: ["Pull request"], types: ["completed"] } });
      expect(job.if?.split(" && ").map((condition) => condition.trim())).toEqual([
        "github.event.workflow_run.event == 'pull_request'",
        "github.event.workflow_run.conclusion == 'success'",
        "github.event.workflow_run.head_repository.full_name == github.repository",
      ]);
    });
  },
);

describe.each(jobs.filter(({ workflow }) => "workflow_run" in workflow.on))(
  "$name, after a pull request's run",
  ({ job }) => {
    test("takes the run's artifact to a folder of its own, and plans only what passes the check", () => {
      expect(job.steps.find(uses("actions/download-artifact"))?.with).toMatchObject({
        name: "synthesized",
        path: "${{ runner.temp }}/synthesized",
        "run-id": "${{ github.event.workflow_run.id }}",
      });
      const commands = job.steps.flatMap(({ run }) => run?.match(/^npm run ([\w-]+)/)?.[1] ?? []);
      expect(commands).toEqual(["plan", "publish-review"]);
      expect(job.steps.find(({ run }) => run?.startsWith("npm run plan "))?.run).toContain(
        '--synthesized "$RUNNER_TEMP/synthesized"',
      );
    });

    test("puts nothing of the event into a command", () => {
      for (const { run = "" } of job.steps) expect(run).not.toContain("${{");
    });
  },
);

test("an environment is named in deploy.yml alone, the path of a release; it names only those that there are", () => {
  const named = workflows.flatMap(({ name, text }) => {
    const code = text.replaceAll(/^ *#.*$/gm, "");
    const places = /environment: ([\w-]+)|npm run [\w-]+ -- (\w+)|vars\.(\w+)_(?:PLAN|DEPLOY)_ROLE/g;
    return [...code.matchAll(places)].map(([, ...groups]) => [name, groups.find(Boolean)?.toLowerCase()]);
  });
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter(([file, name]) => file !== "deploy.yml" || !names.includes(name ?? ""))).toEqual([]);
});

describe("the environments of a matrix", () => {
  const ofMatrix = jobs.filter(({ job }) => job.strategy !== undefined);

  test.each(ofMatrix)("$name: are those that environments.yml lists", ({ job, workflow }) => {
    expect(job.strategy).toMatchObject({
      matrix: { include: "${{ fromJSON(needs.environments.outputs.list) }}" },
    });
    expect(job.needs).toBe("environments");
    expect(workflow.jobs["environments"]).toMatchObject({ uses: "./.github/workflows/environments.yml" });
  });

  test("are printed as the matrix reads them, by a job without any permission but to read", async () => {
    const list = jobs.find(({ name }) => name === "environments.yml, list")?.job;
    const [, command = ""] =
      /\$\(npm run --silent environments -- (.*)\)/.exec(list?.steps.at(-1)?.run ?? "") ?? [];
    const { stdout } = await execa(
      "node",
      ["run.mjs", "commands/index.ts", "environments", ...command.split(" ")],
      {
        cwd: projectFolder,
      },
    );
    expect(JSON.parse(stdout)).toEqual(names.map((name) => ({ name, variables: name.toUpperCase() })));
    expect(stdout).not.toContain("\n");
    expect(list).not.toHaveProperty("permissions");
    expect(list).not.toHaveProperty("environment");
    expect(list?.steps.some(getsCredentials)).toBe(false);
  });
});

describe("a workflow that another calls", () => {
  test.each(calls)("$name: is one of this commit, and gets no secret", ({ job }) => {
    expect(job.uses).toMatch(/^\.\/\.github\/workflows\/[\w-]+\.yml$/);
    expect(job).not.toHaveProperty("secrets");
  });

  test.each(calls)("$name: has the permissions that its jobs ask for, and no other", ({ job, workflow }) => {
    const called = workflowOf(job.uses.replace("./.github/workflows/", ""));
    const granted = job.permissions ?? workflow.permissions;
    for (const inner of Object.values(called?.jobs ?? {}))
      expect(inner.permissions ?? called?.permissions).toEqual(granted);
  });

  test.each(calls.filter(({ job }) => job.uses.endsWith("/promote.yml")))(
    "$name: promotes from the job that it waits for, with the variables of both",
    ({ name, job }) => {
      const [from, to] = [String(job.needs), name.split(", ")[1] ?? ""];
      expect(names).toEqual(expect.arrayContaining([from, to]));
      const added = parse(promotionJob(to, from)) as unknown;
      expect(added).toEqual({ [to]: job });
    },
  );

  test("is not the one that attests: a release's signer is deploy.yml", () => {
    const attesting = jobs.filter(({ job }) => job.steps.some(uses("actions/attest-build-provenance")));
    expect(attesting.map(({ name }) => name)).toEqual(["deploy.yml, attest"]);
  });
});

test("no package's install script runs", () => {
  expect(readFileSync(join(projectFolder, ".npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
});
