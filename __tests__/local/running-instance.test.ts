import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { execa } from "execa";
import type { Environment } from "../../config/environment.ts";
import { projectFolder } from "../../config/project-folder.ts";
import { localAccount } from "../../local/accounts.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { runningEndpoint } from "../../local/running-instance.ts";
import { removeShellFiles, writeShellFile } from "../../local/shell-files.ts";
import { stop } from "../../local/stop.ts";
import { dev, prod } from "../support/environments.ts";
import { clientSettings } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";

describeWith(["python"], "an embedded AWS that is running already", () => {
  const folder = mkdtempSync(join(tmpdir(), "running-instance-"));
  let aws: EmbeddedAws;

  beforeAll(async () => {
    aws = await startEmbeddedAws({ detached: true, folder });
    const settings = clientSettings(aws, localAccount(dev));
    const s3 = new S3Client({ ...settings, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: dev.state.bucket }));
  });
  afterAll(async () => {
    await aws.stop();
    rmSync(folder, { recursive: true });
  });

  const at = async (endpoint: string, ...environments: Environment[]) => {
    process.env["AWS_ENDPOINT_URL"] = endpoint;
    try {
      return await runningEndpoint(environments);
    } finally {
      delete process.env["AWS_ENDPOINT_URL"];
    }
  };

  test("is used where each environment's account is its own, or has nothing yet", async () => {
    expect(await at(aws.endpoint, dev, prod)).toBe(aws.endpoint);
  });

  test("is refused where an environment had another account", async () => {
    await expect(at(aws.endpoint, { ...dev, account: "555555555555" })).rejects.toThrow(
      `The embedded AWS at ${aws.endpoint} was made with other settings: cruddur-messaging-dev-state, the state bucket of dev, is there in another account than 555555555555. Run npm stop, unset AWS_ENDPOINT_URL where it is set, and start again.`,
    );
  });

  test("has a file for each environment that connects a shell to its account", async () => {
    const elsewhere = { ...prod, region: "eu-central-1" };
    writeShellFile(elsewhere, aws.endpoint, folder);
    const script = `. ${join(folder, "prod.sh")}; env | grep ^AWS_`;
    const { stdout } = await execa("sh", ["-c", script], {
      env: { PATH: process.env["PATH"], AWS_PROFILE: "work", AWS_SESSION_TOKEN: "old" },
      extendEnv: false,
    });
    expect(stdout.split("\n").sort()).toEqual([
      "AWS_ACCESS_KEY_ID=222222222222",
      "AWS_DEFAULT_REGION=eu-central-1",
      `AWS_ENDPOINT_URL=${aws.endpoint}`,
      "AWS_REGION=eu-central-1",
      "AWS_SECRET_ACCESS_KEY=local",
    ]);
  });

  test("is not stopped by what doesn't ask for that", async () => {
    const npmStop = (...parameters: string[]) =>
      execa("node", ["run.mjs", "local/index.ts", "stop", ...parameters], {
        cwd: projectFolder,
        reject: false,
      });
    const [help, unknown] = await Promise.all([npmStop("--help"), npmStop("--bogus")]);
    expect([help.exitCode, help.stdout]).toEqual([0, expect.stringContaining("Usage: npm stop")]);
    expect([unknown.exitCode, unknown.stderr]).toEqual([
      1,
      expect.stringContaining("unknown option '--bogus'"),
    ]);
  });

  test("is stopped with the files for shells; those that sourced one are told what to unset", async () => {
    const lines: string[] = [];
    const log = jest.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
    const variables =
      "AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION AWS_DEFAULT_REGION";
    try {
      writeShellFile(dev, aws.endpoint, folder);
      process.env["AWS_ENDPOINT_URL"] = aws.endpoint;
      await stop(folder);
      expect(lines.splice(0)).toEqual([
        `Stopped the embedded AWS at ${aws.endpoint}.`,
        "This shell has AWS_ENDPOINT_URL set to it, where nothing answers any more.",
        expect.stringMatching(
          new RegExp(
            `^In this shell, and in any other that sourced .*dev\\.sh or .*prod\\.sh: unset ${variables}$`,
          ),
        ),
      ]);
      expect(readdirSync(folder)).toEqual(["logs"]);

      writeShellFile(dev, aws.endpoint, folder);
      await stop(folder);
      expect(lines.splice(0)).toEqual([
        "No embedded AWS is running.",
        expect.stringMatching(new RegExp(`^In every shell that sourced .*dev\\.sh: unset ${variables}$`)),
      ]);
      expect(removeShellFiles(folder)).toEqual([]);
      expect(existsSync(join(folder, "dev.sh"))).toBe(false);
    } finally {
      delete process.env["AWS_ENDPOINT_URL"];
      log.mockRestore();
    }
  });
});
