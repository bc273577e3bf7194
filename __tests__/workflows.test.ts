import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
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
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Permissions;
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = join(projectFolder, ".github/workflows");
const workflows = readdirSync(folder).map((name) => {
  const text = readFileSync(join(folder, name), "utf8");
  return { name, text, workflow: parse(text) as Workflow };
});
const jobs = workflows.flatMap(({ name, workflow }) =>
  Object.entries(workflow.jobs).map(([id, job]) => ({ name: `${name}, ${id}`, job, workflow })),
);

const uses = (action: string) => (step: Step) => step.uses?.startsWith(`${action}@`) === true;
const getsCredentials = uses("aws-actions/configure-aws-credentials");
const INSTALL = "node run.mjs";

describe.each(workflows)("$name", ({ text, workflow }) => {
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

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
    for (const { permissions = {}, environment } of Object.values(workflow.jobs)) {
      expect(Object.values(permissions)).not.toContain("write");
      expect(environment).toBeUndefined();
    }
  });
});

describe.each(jobs.filter(({ job }) => job.steps.some(getsCredentials)))(
  "$name, with credentials",
  ({ job }) => {
    const first = job.steps.findIndex(getsCredentials);
    const [before, after] = [job.steps.slice(0, first), job.steps.slice(first)];

    test("is in a GitHub environment, which allows main alone", () => {
      expect(job.environment).toMatch(/^(dev|prod|\$\{\{ matrix\.name \}\}-plan|prod-plan)$/);
      expect(job.permissions).toMatchObject({ contents: "read", "id-token": "write" });
    });

    test("installs before it gets them, without development's packages, and runs nothing else before", () => {
      expect(before.filter(({ run }) => run !== undefined)).toEqual([
        { run: INSTALL, env: { NPM_CONFIG_OMIT: "dev" } },
      ]);
    });

    test("then runs this project's commands alone, on what it already has", () => {
      for (const { run, uses: action } of after) {
        if (run !== undefined) expect(run).toMatch(/^npm run [\w-]+ -- [^&|;`\n]*\n?$/);
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

describe.each(jobs.filter(({ workflow }) => "workflow_run" in workflow.on))(
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
      for (const { run = "" } of job.steps) expect(run).not.toMatch(/\$\{\{ (?!matrix\.name \}\})/);
    });
  },
);

test("no package's install script runs", () => {
  expect(readFileSync(join(projectFolder, ".npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
});
