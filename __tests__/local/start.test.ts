import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { loadEnvironments } from "../../config/load-environments.ts";
import { projectFolder } from "../../config/project-folder.ts";
import { describeWith } from "../support/requirements.ts";

const names = loadEnvironments().map(({ name }) => name);
const [first = ""] = names;

describeWith(["terraform", "python"], "npm start", () => {
  const folder = mkdtempSync(join(tmpdir(), "start-"));
  const failing = join(folder, "failing-terraform");
  const hanging = join(folder, "hanging-terraform");

  const versionScript = '#!/bin/sh\n[ "$1" = version ] && exec terraform "$@"\n';
  writeFileSync(failing, `${versionScript}echo 'Error: the disk is full'\nexit 1\n`, { mode: 0o755 });
  writeFileSync(hanging, `${versionScript}exec sleep 20\n`, { mode: 0o755 });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const start = (env: Record<string, string | undefined>, ...parameters: string[]) =>
    execa("node", ["--import", "./typescript.mjs", "local/index.ts", "start", ...parameters], {
      cwd: projectFolder,
      env: { AWS_ENDPOINT_URL: undefined, ...env },
      reject: false,
      all: true,
    });
  const endpointIn = (output: string) => /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? "";
  const responds = (endpoint: string) =>
    fetch(endpoint).then(
      () => true,
      () => false,
    );

  test("says how to install a missing tool", async () => {
    const { exitCode, all } = await start({ TERRAFORM_BINARY_NAME: join(folder, "none") });
    expect(exitCode).toBe(1);
    expect(all).toContain("Failed at: Check the tools");
    expect(all).toMatch(/Terraform is needed, and ".*none" can't be run\. Get it from https:\/\//);
    expect(all).not.toContain("    at ");
  });

  test("rejects an unknown environment and lists the existing ones", async () => {
    const { exitCode, all } = await start({}, "--environment", "no-such-name");
    expect([exitCode, all]).toEqual([
      1,
      `There is no environment "no-such-name". There are: ${names.join(", ")}.`,
    ]);
  });

  test("says at once that nothing answers at AWS_ENDPOINT_URL", async () => {
    const { exitCode, all } = await start({ AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
    expect(exitCode).toBe(1);
    expect(all).toContain("Failed at: Start an embedded AWS");
    expect(all).toMatch(
      /^Nothing answers at AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:1: .* Unset it to reach AWS itself, or to let npm start make an embedded AWS\.$/m,
    );
  });

  test("on failure, prints the step, the reason and the log files, and leaves nothing running", async () => {
    const { exitCode, all } = await start({ TERRAFORM_BINARY_NAME: failing }, "--environment", first);
    expect(exitCode).toBe(1);
    expect(all).toContain(`Failed at: Bootstrap ${first}`);
    expect(all).toContain("Error: the disk is full");
    expect(all).toMatch(/The logs are in .*start.* and .*\.log/);
    expect(all).not.toContain("    at ");
    expect(endpointIn(all)).not.toBe("");
    expect(await responds(endpointIn(all))).toBe(false);
  });

  test("leaves nothing running after a signal", async () => {
    await Promise.all(
      (["SIGINT", "SIGTERM", "SIGKILL"] as const).map(async (signal) => {
        const child = start({ TERRAFORM_BINARY_NAME: hanging }, "--environment", first);
        let output = "";
        child.all.on("data", (chunk: Buffer) => (output += chunk.toString()));
        while (!output.includes(`Bootstrap ${first}`)) await sleep(50);
        const endpoint = endpointIn(output);
        expect([signal, await responds(endpoint)]).toEqual([signal, true]);
        child.kill(signal);
        await child;
        for (let tries = 0; tries < 50 && (await responds(endpoint)); tries++) await sleep(100);
        expect([signal, await responds(endpoint)]).toEqual([signal, false]);
      }),
    );
  });
});
