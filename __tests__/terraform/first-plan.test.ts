import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { loadEnvironments } from "../../config/load-environments.ts";
import { stackNames } from "../../config/names.ts";
import { projectFolder } from "../../config/project-folder.ts";
import type { ResourceChangeJson } from "../../terraform/plan-json.ts";
import { stackFolder } from "../../terraform/synthesize.ts";
import { plan, terraformVersion } from "../../terraform/terraform.ts";
import { runIn } from "../support/repository.ts";
import { describeWith } from "../support/requirements.ts";

const names = loadEnvironments().map(({ name }) => name);

/** Of it, the stacks are synthesized by one run and planned by another, as in a pull request's workflows. */
const [SYNTHESIZED_ELSEWHERE = ""] = names;

/** A stack of an environment that this project has not. */
const NEW_STACK = "messaging-notyetmerged";

describeWith(["terraform"], "npm run plan -- --offline: the real provider, without any AWS", () => {
  const place = mkdtempSync(join(tmpdir(), "first-plan-"));
  afterAll(() => {
    rmSync(place, { recursive: true });
  });

  const folderOf = (name: string, stack: string) => stackFolder(stack, join(place, name, "synthesized"));

  /** Synthesizes a change: no guard of the state bucket's, and one more environment. */
  async function synthesizeElsewhere(): Promise<string> {
    const elsewhere = join(place, "elsewhere");
    expect(await runIn(projectFolder, ["synth", "--out", elsewhere])).toMatchObject({ exitCode: 0 });
    const file = join(stackFolder(stackNames(SYNTHESIZED_ELSEWHERE).bootstrap, elsewhere), "cdk.tf.json");
    const code = readFileSync(file, "utf8");
    writeFileSync(file, code.replaceAll('"prevent_destroy": true', '"prevent_destroy": false'));
    mkdirSync(stackFolder(NEW_STACK, elsewhere));
    return elsewhere;
  }

  test.each(names)("%s: creates every resource of its stacks, and gets its verdict", async (name) => {
    const isElsewhere = name === SYNTHESIZED_ELSEWHERE;
    const from = isElsewhere ? ["--synthesized", await synthesizeElsewhere()] : [];
    const parameters = ["plan", name, "--offline", "--out", join(place, name), ...from];
    const run = await runIn(projectFolder, parameters, {
      env: { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
    });
    const verdict = isElsewhere ? "Needs care" : "Safe";
    expect(run).toMatchObject({
      exitCode: 2,
      stdout: expect.stringMatching(`^${verdict}: ${name}: `) as unknown,
    });
    // Both only beside this checkout's own stacks, which the change is a change of.
    expect(run.stdout.includes("has no prevent_destroy")).toBe(isElsewhere);
    expect(run.stdout.includes(`Not planned: ${NEW_STACK}.`)).toBe(isElsewhere);
    for (const stack of Object.values(stackNames(name))) {
      const read = (file: string): unknown =>
        JSON.parse(readFileSync(join(folderOf(name, stack), file), "utf8"));
      const { resource } = read("cdk.tf.json") as { resource: Record<string, object> };
      const { resource_changes: changes } = read("plan.json") as {
        resource_changes: readonly ResourceChangeJson[];
      };
      const declared = Object.entries(resource).flatMap(([type, named]) =>
        Object.keys(named).map((resourceName) => `create ${type}.${resourceName}`),
      );
      expect(changes.map(({ address, change }) => `${change.actions.join()} ${address}`).sort()).toEqual(
        declared.sort(),
      );
    }
  });

  test("a configuration that the provider refuses is told without a stack trace, with its address", async () => {
    const [name = ""] = names;
    const run = { folder: folderOf(name, stackNames(name).bootstrap) };
    const broken = { resource: { aws_s3_bucket: { broken: { bucket_colour: "red" } } } };
    writeFileSync(join(run.folder, "broken.tf.json"), JSON.stringify(broken));
    await expect(plan(run, "broken.tfplan")).rejects.toThrow(/terraform plan failed in [^]*bucket_colour/);
  });
});

test("a Terraform that isn't there, or is too old to lock the state, is named with how to get one", async () => {
  const folder = mkdtempSync(join(tmpdir(), "terraform-"));
  const before = { ...process.env };
  try {
    process.env["TERRAFORM_BINARY_NAME"] = join(folder, "none");
    await expect(terraformVersion()).rejects.toThrow(
      /^Terraform is needed, and ".*none" can't be run\. Get it from/,
    );
    const old = join(folder, "old");
    writeFileSync(old, '#!/bin/sh\necho \'{"terraform_version": "1.9.8"}\'\n', { mode: 0o755 });
    process.env["TERRAFORM_BINARY_NAME"] = old;
    await expect(terraformVersion()).rejects.toThrow(
      /^Terraform must be at least 1\.10 \(given 1\.9\.8\)\. Get it from/,
    );
  } finally {
    process.env = before;
    rmSync(folder, { recursive: true });
  }
});
