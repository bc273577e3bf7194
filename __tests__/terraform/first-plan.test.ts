import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { stackFolder, synthesize } from "../../terraform/synthesize.ts";
import { init, plan, showPlan, terraformVersion, validate } from "../../terraform/terraform.ts";
import { describeWith } from "../support/requirements.ts";

/** Lets the provider plan without any AWS: nothing is asked, nothing is read. */
const WITHOUT_AWS = {
  terraform: { backend: { local: {} } },
  provider: {
    aws: [
      {
        access_key: "none",
        secret_key: "none",
        skip_credentials_validation: true,
        skip_requesting_account_id: true,
        skip_metadata_api_check: true,
      },
    ],
  },
};

describeWith(["terraform"], "the real provider, without any AWS", () => {
  const output = mkdtempSync(join(tmpdir(), "first-plan-"));
  beforeAll(() => synthesize(output, { AWS_ENDPOINT_URL: undefined }));
  afterAll(() => {
    rmSync(output, { recursive: true });
  });

  test.each([
    ["bootstrap-dev", 8],
    ["bootstrap-prod", 8],
    ["messaging-dev", 23],
    ["messaging-prod", 25],
  ])("validates %s and plans its %d resources", async (stack, count) => {
    const run = { folder: stackFolder(stack, output) };
    writeFileSync(join(run.folder, "without_aws_override.tf.json"), JSON.stringify(WITHOUT_AWS));
    await init(run);
    await validate(run);
    expect(await plan(run, "first.tfplan", "-refresh=false")).toBe(true);
    const { resource_changes: changes } = (await showPlan(run, "first.tfplan")) as {
      resource_changes: { change: { actions: string[] } }[];
    };
    expect(changes).toHaveLength(count);
    for (const { change } of changes) expect(change.actions).toEqual(["create"]);
  });

  test("a configuration that the provider refuses is told without a stack trace, with its address", async () => {
    const run = { folder: stackFolder("bootstrap-dev", output) };
    const broken = { resource: { aws_s3_bucket: { broken: { bucket_colour: "red" } } } };
    const file = join(run.folder, "broken.tf.json");
    writeFileSync(file, JSON.stringify(broken));
    await expect(validate(run)).rejects.toThrow(/terraform validate failed in [^]*bucket_colour/);
    rmSync(file);
  });
});

test("a Terraform that isn't there, or is too old to lock the state, is named with how to get one", async () => {
  const folder = mkdtempSync(join(tmpdir(), "terraform-"));
  const before = process.env["TERRAFORM_BINARY_NAME"];
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
    if (before === undefined) delete process.env["TERRAFORM_BINARY_NAME"];
    else process.env["TERRAFORM_BINARY_NAME"] = before;
    rmSync(folder, { recursive: true });
  }
});
