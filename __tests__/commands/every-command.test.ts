import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { type Command, CommanderError } from "commander";
import { errorMessage } from "../../commands/error-message.ts";
import { bucketClient } from "../../account/state-bucket-client.ts";
import { projectFolder } from "../../config/project-folder.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { devLiteral, prodLiteral, useTestEnvironments } from "../support/environments.ts";
import { createUser } from "../support/identities.ts";
import { ACCOUNT, clientSettings } from "../support/messages-table.ts";
import { copySources, editFile, runIn } from "../support/repository.ts";
import { describeWith } from "../support/requirements.ts";

jest.unstable_mockModule("../../config/environments/index.ts", () => ({
  dev: devLiteral,
  prod: prodLiteral,
}));
const { commands } = await import("../../commands/all-commands.ts");
const loaders = new Map<string, () => Promise<{ readonly command: Command }>>([
  ["start", () => import("../../local/start-command.ts")],
  ["stop", () => import("../../local/stop-command.ts")],
  ...commands,
]);

const OTHER_ACCOUNT = "333333333333";
const DIGEST = "0123456789ab";
jest.setTimeout(300_000);

/** What a command needs. */
interface Needs {
  /** All parameters that it needs, with `dev` where it takes an environment. */
  readonly parameters: string;
  /** Whether it uses AWS. */
  readonly aws: boolean;
  /** What it says where there is no state bucket, and nothing deployed. Default: it needs none. */
  readonly withoutBucket?: RegExp;
  /** What it says to a user who has no permission; where Terraform says it, it takes a run of that, and is not tested here. */
  readonly withoutPermission?: RegExp;
}

const noBucket =
  /^There is no state bucket cruddur-messaging-dev-state( yet)?\. Make it with: npm run bootstrap -- dev/m;
const noTable = /^There is no (table|queue) cruddur-messag\S+ in ca-central-1 in this account\./m;
const bucketDenied = /^The state bucket cruddur-messaging-dev-state can't be used with these credentials: /m;

/** Every command: a new one fails the first test until it says here what it needs. */
const needs: Readonly<Record<string, Needs>> = {
  start: { parameters: "--environment dev", aws: false },
  stop: { parameters: "", aws: false },
  synth: { parameters: "", aws: false },
  environments: { parameters: "", aws: false },
  environment: { parameters: "staging --like dev", aws: false },
  bootstrap: { parameters: "dev", aws: true },
  "terraform-config": { parameters: "", aws: false },
  release: { parameters: "", aws: false },
  smoke: {
    parameters: "dev",
    aws: true,
    withoutBucket: /^ {2}✗ table cruddur-messages is active .*\n {6}it does not exist$/m,
    withoutPermission:
      /^AWS refuses: AccessDenied\w*: .* is not authorized to perform: dynamodb:DescribeTable.*\n.*See docs\/runbook\.md#permission$/,
  },
  status: { parameters: "dev", aws: true, withoutBucket: noBucket, withoutPermission: bucketDenied },
  parity: { parameters: "dev prod", aws: false },
  deploy: {
    parameters: `dev --release ${DIGEST}`,
    aws: true,
    withoutBucket: noBucket,
    withoutPermission: bucketDenied,
  },
  promote: {
    parameters: `--from dev --to prod --release ${DIGEST}`,
    aws: true,
    withoutBucket: noBucket,
  },
  destroy: { parameters: "dev", aws: true, withoutBucket: noBucket, withoutPermission: bucketDenied },
  releases: { parameters: "", aws: true, withoutBucket: noBucket },
  // Without a bucket it does what drift does, in the same folder: not tested at the same time.
  "drift-issue": { parameters: "dev", aws: true },
  repair: {
    parameters: "--environment dev",
    aws: true,
    withoutBucket: noTable,
    withoutPermission: /^AWS refuses access to table /m,
  },
  redrive: {
    parameters: "--environment dev",
    aws: true,
    withoutBucket: noTable,
    withoutPermission: /^AWS refuses access to queue /m,
  },
  restore: {
    parameters: "--environment dev --table messages --to latest",
    aws: true,
    withoutBucket: /^There is no table cruddur-messages, so it can't be restored to a time\./m,
    withoutPermission: /^AWS refuses access to table /m,
  },
  query: {
    parameters: "dev --name messages-per-day",
    aws: true,
    withoutBucket: /^There is no bucket exports-of-dev: analytics must be deployed first\.$/m,
    withoutPermission: /^AWS refuses: AccessDenied\w*: .*\n.*See docs\/runbook\.md#permission$/,
  },
  plan: { parameters: "dev", aws: true, withoutBucket: noBucket },
  review: { parameters: "plan.json --environment dev", aws: false },
  drift: { parameters: "dev", aws: true, withoutBucket: noBucket },
  "publish-review": { parameters: "dev", aws: false },
};

const noCredentials = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
const nobody = {
  ...noCredentials,
  AWS_ENDPOINT_URL: "http://127.0.0.1:1",
  AWS_EC2_METADATA_DISABLED: "true",
};
const github = {
  GITHUB_API_URL: "http://127.0.0.1:1",
  GITHUB_REPOSITORY: "owner/name",
  GITHUB_TOKEN: "token",
};

const names = Object.keys(needs);
const all = Object.entries(needs);
const usingAws = names.filter((name) => needs[name]?.aws);
/** As on a command line, of the commands of which this is true. */
const linesOf = (which: (needs: Needs) => unknown = () => true) =>
  all.filter(([, one]) => which(one)).map(([name, { parameters }]) => `${name} ${parameters}`.trim());

type Variables = Record<string, string | undefined>;

const folder = mkdtempSync(join(tmpdir(), "every-command-"));
beforeAll(() => {
  // No git checkout.
  copySources(folder);
  cpSync(join(projectFolder, "local"), join(folder, "local"), { recursive: true });
  useTestEnvironments(folder);
  const settings = join(folder, "config/environments/dev.ts");
  const analytics = `{ bucket: "exports-of-dev", keepDays: 30, maximumScannedMegabytes: 100, queriedBy: ["arn:aws:iam::${ACCOUNT}:root"] }`;
  const added = `account: "${ACCOUNT}",\n  analytics: ${analytics},`;
  editFile(settings, '  name: "dev",', `  name: "dev",\n  ${added}`);
  editFile(settings, 'pointInTimeRecoveryDays: "off"', "pointInTimeRecoveryDays: 7");
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Result {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** What each command line gives, by the line; some are run at a time. */
async function resultsOf(lines: readonly string[], env: Variables = nobody): Promise<Record<string, Result>> {
  const results: Record<string, Result> = {};
  const waiting = lines.values();
  const work = async () => {
    for (const line of waiting) {
      const { exitCode, stdout, stderr } = await runIn(folder, line.split(" "), {
        env: { ...github, ...env },
      });
      results[line] = { exitCode, stdout, stderr };
    }
  };
  await Promise.all(Array.from({ length: 6 }, work));
  return results;
}

/** What is said before a command does anything, by the line, in this process: a command that does something fails. */
async function saidBefore(lines: readonly string[]): Promise<Record<string, Result>> {
  const results: Record<string, Result> = {};
  for (const line of lines) {
    const [name = "", ...parameters] = line.split(" ");
    const { command } = (await loaders.get(name)?.()) ?? { command: undefined };
    let [stdout, stderr] = ["", ""];
    const done = () => {
      throw new Error(`${line} was done`);
    };
    const exitCode = await command
      ?.exitOverride()
      .configureOutput({ writeOut: (text) => (stdout += text), writeErr: (text) => (stderr += text) })
      .action(done)
      .parseAsync(parameters, { from: "user" })
      .then(
        () => undefined,
        (error: unknown) => {
          if (error instanceof CommanderError) return error.exitCode;
          stderr += String(errorMessage(error));
          return 1;
        },
      );
    results[line] = { exitCode, stdout, stderr: stderr.trimEnd() };
  }
  return results;
}

/** The same result of every line. */
const each = (lines: readonly string[], result: unknown) =>
  Object.fromEntries(lines.map((line) => [line, result]));

/** What is printed by a command that was refused: nothing but a few lines that say why. */
const refusal = (why: RegExp) => ({
  exitCode: 1,
  stdout: "",
  stderr: expect.stringMatching(new RegExp(`^${why.source}(\\n(?! *at ).+)?$`)) as unknown,
});

test("every command is tested here, and has its script", () => {
  expect([...names].sort()).toEqual([...loaders.keys()].sort());
  const { scripts } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  for (const name of commands.keys()) expect(scripts[name]).toBe(`node run.mjs commands/index.ts ${name}`);
});

test("every command explains itself, and does nothing else", async () => {
  const lines = names.map((name) => `${name} --help`);
  const stdout = expect.stringMatching(/^Usage: [a-z-]+ [^]* display help for command/) as unknown;
  expect(await saidBefore(lines)).toEqual(each(lines, { exitCode: 0, stdout, stderr: "" }));
});

test("every command refuses an option that it doesn't have", async () => {
  const lines = linesOf().map((line) => `${line} --no-such-option`);
  expect(await saidBefore(lines)).toEqual(each(lines, refusal(/error: unknown option '--no-such-option'/)));
});

test("every command that needs a parameter says which", async () => {
  // A review's plan isn't needed with --schema, so that is found out later.
  const lines = names.filter((name) => needs[name]?.parameters && !["start", "review"].includes(name));
  expect(await saidBefore(lines)).toEqual(
    each(lines, refusal(/error: (missing required argument|required option) '.+'.*/)),
  );
});

test("every command that takes an environment says which there are", async () => {
  const lines = linesOf().flatMap((line) =>
    ["dev", "prod"].filter((name) => line.includes(name)).map((name) => line.replace(name, "test")),
  );
  expect(await saidBefore(lines)).toEqual(
    each(lines, refusal(/There is no environment "test"\. There are: dev, prod\./)),
  );
});

test("that is what the command line prints, with where the help is", async () => {
  const why = (what: string) => refusal(new RegExp(what));
  expect(
    await resultsOf([
      "plan --help",
      "plan dev --none",
      "review",
      "plan test",
      "start --none",
      "no-such-command",
    ]),
  ).toEqual({
    "plan --help": {
      exitCode: 0,
      stderr: "",
      stdout: expect.stringMatching(/^Usage: npm run plan /) as unknown,
    },
    "plan dev --none": why("error: unknown option '--none'\nSee: npm run plan -- --help"),
    review: why("error: missing required argument 'plan.json'\nSee: npm run review -- --help"),
    "plan test": why('There is no environment "test"\\. There are: dev, prod\\.'),
    "start --none": why("error: unknown option '--none'\nSee: npm start -- --help"),
    "no-such-command": {
      exitCode: 1,
      stdout: "",
      stderr: expect.stringMatching(/^error: unknown command 'no-such-command'/) as unknown,
    },
  });
});

test("what needs git, Terraform or a file says so where there is none", async () => {
  const noTerraform = { ...nobody, TERRAFORM_BINARY_NAME: "no-such-binary" };
  const needingTerraform = ["terraform-config", "plan dev --offline"];
  expect(await resultsOf(needingTerraform, noTerraform)).toEqual(
    each(
      needingTerraform,
      refusal(/Terraform is needed, and "no-such-binary" can't be run\. Get it from .*/),
    ),
  );
  expect(await resultsOf(["release", "plan dev --offline --since HEAD"])).toEqual({
    release: refusal(/A release is made from a git commit, and git says: fatal: not a git repository.*/),
    "plan dev --offline --since HEAD": refusal(
      /--since must name a commit \(given HEAD\): fatal: not a git repository.*/,
    ),
  });
  expect(
    await resultsOf(["publish-review dev --out none", "review none.json", "synth --out package.json/none"]),
  ).toEqual({
    "publish-review dev --out none": refusal(
      /none\/summary\.md doesn't exist\. Create it with: npm run plan/,
    ),
    "review none.json": refusal(/none\.json can't be read: .*/),
    "synth --out package.json/none": refusal(/ENOTDIR: not a directory, mkdir '\S+package\.json\/none'\./),
  });
});

describeWith(["python"], "a command that uses AWS", () => {
  let aws: EmbeddedAws;
  const lines = linesOf(({ aws: isUsed }) => isUsed);
  beforeAll(async () => {
    aws = await startEmbeddedAws();
  });
  afterAll(() => aws.stop());

  const as = (variables: Variables) => ({ ...aws.environmentFor(ACCOUNT), ...variables });

  test.each<[what: string, env: Variables, why: RegExp]>([
    [
      "the credentials are of another account",
      { AWS_ACCESS_KEY_ID: OTHER_ACCOUNT },
      /The credentials in AWS_ACCESS_KEY_ID are of account 333333333333 \(arn:aws:iam::333333333333:root\), and dev is in account 999999999999, as account in config\/environments\/dev\.ts says\.\nSet DEV_AWS_PROFILE, or AWS_PROFILE without AWS_ACCESS_KEY_ID, to a profile of account 999999999999\. See docs\/runbook\.md#account/,
    ],
    [
      "there are no credentials",
      noCredentials,
      /dev needs credentials, and there are none: Could not load credentials from any providers\.\nSet DEV_AWS_PROFILE, .*999999999999.*/,
    ],
    [
      "nothing answers at the endpoint of a shell",
      { AWS_ENDPOINT_URL: "http://127.0.0.1:1" },
      /Nothing answers at AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:1: connect ECONNREFUSED 127\.0\.0\.1:1\. Unset it .*/,
    ],
  ])("says before anything else that %s", async (_, env, why) => {
    expect(await resultsOf(lines, as(env))).toEqual(each(lines, refusal(why)));
  });

  test("says that prod's are of another account, though dev's are right", async () => {
    const both = linesOf(
      ({ parameters, aws: isUsed }) => isUsed && (parameters === "" || parameters.includes("prod")),
    );
    const why = /The credentials .* 999999999999 .*, and prod is in account 222222222222, as .*/;
    expect(await resultsOf(both, as({}))).toEqual(each(both, refusal(why)));
  });

  /** One line each, since what a command prints before may go to either stream. */
  async function expectOutput(env: Variables, which: "withoutBucket" | "withoutPermission"): Promise<void> {
    const ran = await resultsOf(
      linesOf((one) => one[which]),
      env,
    );
    for (const [line, { exitCode, stdout, stderr }] of Object.entries(ran)) {
      const output = `${stdout}\n${stderr}`.trim();
      expect([line, exitCode, output]).toEqual([
        line,
        1,
        expect.stringMatching(needs[line.split(" ")[0] ?? ""]?.[which] ?? /^$/),
      ]);
      expect(output).not.toMatch(/^ +at /m);
    }
  }

  describeWith(["terraform"], "that needs the state bucket", () => {
    test("says how to make it where there is none", async () => {
      expect(usingAws.filter((name) => !needs[name]?.withoutBucket)).toEqual(["bootstrap", "drift-issue"]);
      await expectOutput(
        as({ PROD_AWS_ACCESS_KEY_ID: "222222222222", PROD_AWS_SECRET_ACCESS_KEY: "local" }),
        "withoutBucket",
      );
    });
  });

  test("says which permission the credentials lack", async () => {
    const client = bucketClient(clientSettings(aws));
    await client.send(new CreateBucketCommand({ Bucket: devLiteral.state.bucket }));
    const { accessKeyId, secretAccessKey } = await createUser(aws, "visitor", {
      Effect: "Allow",
      Action: "sts:GetCallerIdentity",
      Resource: "*",
    });
    const visitor = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    await expectOutput(as(visitor), "withoutPermission");
  });
});
