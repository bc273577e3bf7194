import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { useTestEnvironments } from "../support/environments.ts";
import { copySources, editFile, runIn } from "../support/repository.ts";
import { describeWith } from "../support/requirements.ts";

const ACCOUNT = "111111111111";
const OTHER_ACCOUNT = "333333333333";

/** Every command that uses AWS. */
const commands = [
  "bootstrap dev",
  "deploy dev --release none",
  "drift dev",
  "drift-issue dev",
  "plan dev",
  "promote --from dev --to prod --release none",
  "redrive --environment dev",
  "releases",
  "repair --environment dev",
  "smoke dev",
];

const noCredentials = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
const github = {
  GITHUB_API_URL: "http://127.0.0.1:1",
  GITHUB_REPOSITORY: "owner/name",
  GITHUB_TOKEN: "token",
};

describeWith(["python"], "a command that uses AWS says before anything else", () => {
  const folder = mkdtempSync(join(tmpdir(), "refusals-"));
  let aws: EmbeddedAws;

  const run = (command: string, env: Record<string, string | undefined>) =>
    runIn(folder, command.split(" "), { env: { ...aws.environmentFor(ACCOUNT), ...github, ...env } });

  /** What is printed by a command that was refused: nothing but a few lines that say why. */
  const refusal = (why: RegExp) => ({
    exitCode: 1,
    stdout: "",
    stderr: expect.stringMatching(new RegExp(`^${why.source}(\\n(?! *at ).+)?$`)) as unknown,
  });

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    copySources(folder);
    useTestEnvironments(folder);
    editFile(
      join(folder, "config/environments/dev.ts"),
      '  name: "dev",',
      `  name: "dev",\n  account: "${ACCOUNT}",`,
    );
  });
  afterAll(async () => {
    await aws.stop();
    rmSync(folder, { recursive: true });
  });

  test.each<[what: string, env: Record<string, string | undefined>, why: RegExp]>([
    [
      "that the credentials are of another account",
      { AWS_ACCESS_KEY_ID: OTHER_ACCOUNT },
      /The credentials in AWS_ACCESS_KEY_ID are of account 333333333333 \(arn:aws:iam::333333333333:root\), and dev is in account 111111111111, as account in config\/environments\/dev\.ts says\.\nSet DEV_AWS_PROFILE, or AWS_PROFILE without AWS_ACCESS_KEY_ID, to a profile of account 111111111111\. See docs\/runbook\.md#account/,
    ],
    [
      "that there are no credentials",
      noCredentials,
      /dev needs credentials, and there are none: Could not load credentials from any providers\.\nSet DEV_AWS_PROFILE, .*111111111111.*/,
    ],
    [
      "that nothing answers at the endpoint of a shell",
      { AWS_ENDPOINT_URL: "http://127.0.0.1:1" },
      /Nothing answers at AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:1: connect ECONNREFUSED 127\.0\.0\.1:1\. Unset it .*/,
    ],
  ])("%s", async (_, env, why) => {
    const ran = await Promise.all(commands.map(async (command) => [command, await run(command, env)]));
    expect(ran).toMatchObject(commands.map((command) => [command, refusal(why)]));
  });

  test("that prod's are of another account, though dev's are right", async () => {
    const ran = await Promise.all(
      ["promote --from dev --to prod --release none", "releases"].map((command) => run(command, {})),
    );
    const why = /The credentials .* 111111111111 .*, and prod is in account 222222222222, as .*/;
    expect(ran).toMatchObject([refusal(why), refusal(why)]);
  });

  test("but a plan from nothing needs no account, and an unknown environment is said first", async () => {
    const dead = { ...noCredentials, AWS_ENDPOINT_URL: "http://127.0.0.1:1" };
    for (const command of ["deploy test --release none", "promote --from test --to prod --release none"])
      expect(await run(command, dead)).toMatchObject(refusal(/There is no environment "test"\. .*/));
    const offline = await run("plan dev --offline", { ...dead, TERRAFORM_BINARY_NAME: "no-such-binary" });
    expect(offline).toMatchObject(refusal(/Terraform is needed, and "no-such-binary" can't be run\. .*/));
  });
});
