import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { recordedAccount } from "../../account/recorded-account.ts";
import { namesOf } from "../../config/names.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { type Evidence, EvidenceStore } from "../../release/evidence.ts";
import { openRelease, type Release } from "../../release/release.ts";
import { answerFor, jobWithVerifier, RUN } from "../support/attestation-verifier.ts";
import { clientSettings } from "../support/messages-table.ts";
import {
  assumeRole,
  type Credentials,
  prefixed,
  REPOSITORY,
  settingsOf,
} from "../support/pipeline-account.ts";
import { dev, prod } from "../support/environments.ts";
import { TerraformWithProviders } from "../support/provider-server.ts";
import { cloneRepository, commitAll, editFile, makeRepository, runIn } from "../support/repository.ts";
import { describeWith } from "../support/requirements.ts";

const accounts = { dev: "111111111111", prod: "222222222222" } as const;
type Name = keyof typeof accounts;
const environments = { dev, prod };
const names = namesOf(dev);

/** Two environments share a repository, two accounts, and the roles that the bootstrap made; nobody is root after it. */
describeWith(["terraform", "python"], "a release, from dev to prod and back", () => {
  const place = mkdtempSync(join(tmpdir(), "promotion-story-"));
  let aws: EmbeddedAws;
  let checkout: string;
  let first: Release;
  let second: Release;

  const terraform = new TerraformWithProviders();
  const taken = new Map<string, Promise<Credentials>>();

  const role = (name: Name, kind: "plan" | "deploy", job: string = name) =>
    assumeRole(aws, accounts[name], `cruddur-messaging-${kind}`, job);
  /** The credentials of a role; they hold for an hour. */
  function credentials(...which: Parameters<typeof role>): Promise<Credentials> {
    const key = which.join();
    const found = taken.get(key) ?? role(...which);
    taken.set(key, found);
    return found;
  }
  const run = (parameters: readonly string[], env: Credentials) =>
    runIn(checkout, parameters, { env: { ...env, TERRAFORM_BINARY_NAME: terraform.binary } });
  const as = (name: Name) => clientSettings(aws, accounts[name]);
  const evidenceOf = (name: Name): Promise<Evidence[]> =>
    new EvidenceStore(environments[name], as(name)).all();

  const edit = (environment: string, from: string, to: string) => {
    editFile(join(checkout, `config/environments/${environment}.ts`), from, to);
  };

  async function release(...options: string[]): Promise<Release> {
    const out = mkdtempSync(join(place, "release-"));
    expect(await run(["release", "--out", out, ...options], {})).toMatchObject({ exitCode: 0 });
    return openRelease(join(out, "release"));
  }

  const deployDev = async (path: string, ...options: string[]) =>
    run(["deploy", "dev", "--release", path, ...options], await credentials("dev", "deploy"));

  /** A job in GitHub's environment "prod": it may look at dev, and at prod or change it. */
  const prodJob = async (kind: "plan" | "deploy") => ({
    AWS_ENDPOINT_URL: aws.endpoint,
    ...prefixed("dev", await credentials("dev", "plan", "prod")),
    ...prefixed("prod", await credentials("prod", kind)),
  });

  const promoteIn = async (job: Credentials, path: string, ...options: string[]) =>
    run(["promote", "--from", "dev", "--to", "prod", "--release", path, ...options], {
      ...(await prodJob(options.includes("--propose") ? "plan" : "deploy")),
      ...job,
    });
  const promote = (path: string, ...options: string[]) => promoteIn({}, path, ...options);

  const refused = (message: RegExp, exitCode = 1) => ({
    exitCode,
    stderr: expect.stringMatching(message) as unknown,
  });

  /** A job of GitHub Actions in which this is what is attested. */
  const jobAttesting = (answer: string, exitCode?: number) =>
    jobWithVerifier(join(place, "verifier"), answer, exitCode);

  async function promoteApproved({ manifest, folder }: Release, path = folder): Promise<void> {
    const job = jobAttesting(answerFor(manifest.commit));
    const asked = await promoteIn(job, path);
    expect(asked).toMatchObject({ exitCode: 2 });
    const digest = /with: --approve ([0-9a-f]{64})$/.exec(asked.stderr)?.[1] ?? "";
    expect(await promoteIn(job, path, "--approve", digest)).toMatchObject({ exitCode: 0, stderr: "" });
    // What was verified is the archive as it was made, wherever it comes from.
    const [verified, made] = [join(place, "verifier/verified.zip"), join(folder, "../release.zip")];
    expect(readFileSync(verified).equals(readFileSync(made))).toBe(true);
  }

  const memoryIn = async (name: Name) => {
    const lambda = new LambdaClient(as(name));
    const command = new GetFunctionConfigurationCommand({ FunctionName: names.streamFunction });
    return (await lambda.send(command)).MemorySize;
  };

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    checkout = await makeRepository(join(place, "checkout"));
    edit(
      "dev",
      "  state: {",
      `  pipeline: { repository: "${REPOSITORY}", planFrom: ["dev", "prod"] },\n  state: {`,
    );
    edit("prod", "  state: {", `  pipeline: { repository: "${REPOSITORY}" },\n  state: {`);
    await commitAll(checkout, "Let the repository deploy");
    // A bootstrap synthesizes into its checkout: two at a time need two.
    const checkouts = {
      dev: checkout,
      prod: await cloneRepository(checkout, join(place, "second-checkout")),
    };
    const [made] = await Promise.all([
      release(),
      ...(["dev", "prod"] as const).map(async (name) => {
        const env = aws.environmentFor(accounts[name]);
        expect(await runIn(checkouts[name], ["bootstrap", name], { env })).toMatchObject({
          exitCode: 0,
          stderr: "",
        });
      }),
    ]);
    first = made;
  }, 600_000);
  afterAll(async () => {
    await terraform.stop();
    await aws.stop();
    rmSync(place, { recursive: true });
  });

  test("what was never in dev is not promoted", async () => {
    expect(await promote(first.folder)).toMatchObject(
      refused(/^There is no evidence that release [0-9a-f]{12} was deployed to dev\./),
    );
  });

  test("a release with a changed byte is not deployed", async () => {
    const copy = join(place, "changed");
    cpSync(first.folder, copy, { recursive: true });
    writeFileSync(join(copy, "stacks/messaging-dev/cdk.tf.json"), " ", { flag: "a" });
    expect(await deployDev(copy)).toMatchObject(refused(/stacks\/messaging-dev\/cdk\.tf\.json was changed/));
  });

  test("prod is not deployed to past dev", async () => {
    const env = await credentials("prod", "deploy");
    expect(await run(["deploy", "prod", "--release", first.folder], env)).toMatchObject(
      refused(/^prod is protected: it gets only releases that passed in another environment\./),
    );
  });

  test("dev is deployed to, and the evidence says what was done", async () => {
    expect(await deployDev(first.folder, "--accept-care")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await evidenceOf("dev")).toMatchObject([
      {
        release: first.manifest.digest,
        environment: "dev",
        applied: true,
        passed: true,
        plan: { digest: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown, summary: { create: 26 } },
        state: { before: null, after: { serial: expect.any(Number) as unknown } },
        smoke: { passed: true },
        who: expect.any(String) as unknown,
      },
    ]);
    expect(await recordedAccount(dev, as("dev"))).toBe(accounts.dev);
  }, 600_000);

  test("prod gets it once its plan is approved: that plan, and no other", async () => {
    // dev is only looked at from here, or changed without a file to upload.
    await Promise.all([
      terraform.serve(await credentials("dev", "plan", "prod")),
      terraform.serve(await credentials("dev", "deploy")),
      terraform.serve(await credentials("prod", "plan")),
    ]);
    const proposed = await promote(first.folder, "--propose");
    expect(proposed).toMatchObject({ exitCode: 0 });
    expect(proposed.stdout).toContain("Not tested in dev, since prod has other settings:");
    expect(proposed.stdout).toContain("  function.memoryMegabytes: 256 → 512");
    const other = await promote(first.folder, "--approve", "0".repeat(64));
    expect(other).toMatchObject({ exitCode: 2 });
    const refusal = /^The plan is not the one that was approved \(0{64}\), but ([0-9a-f]{64})\./;
    const digest = refusal.exec(other.stderr)?.[1] ?? "";
    expect(proposed.stdout).toContain(`Plan ${digest}:`);
    expect(await evidenceOf("prod")).toEqual([]);

    expect(await promote(first.folder, "--approve", digest)).toMatchObject({ exitCode: 0, stderr: "" });
    await terraform.serve(await credentials("prod", "deploy"));
    expect(await evidenceOf("prod")).toMatchObject([
      { release: first.manifest.digest, passed: true, applied: true },
    ]);
    expect(await memoryIn("prod")).toBe(512);
  }, 900_000);

  test("the next release goes the same way, and waits in dev until it is promoted", async () => {
    edit("dev", "memoryMegabytes: 256", "memoryMegabytes: 320");
    edit("prod", "memoryMegabytes: 512", "memoryMegabytes: 640");
    await commitAll(checkout, "More memory");
    second = await release();
    expect(await deployDev(second.folder, "--accept-care")).toMatchObject({ exitCode: 0 });

    const listed = await run(["releases"], await prodJob("plan"));
    expect(listed.stdout.split("\n").map((line) => line.replace(/ of commit.*/, ""))).toEqual([
      `dev: release ${second.manifest.digest.slice(0, 12)}`,
      `prod: release ${first.manifest.digest.slice(0, 12)}`,
      `  waiting in dev: release ${second.manifest.digest.slice(0, 12)}`,
    ]);
    await promoteApproved(second);
    expect(await memoryIn("prod")).toBe(640);
  }, 900_000);

  test("an earlier release is promoted again, by its digest: that is the way back", async () => {
    const { digest } = first.manifest;
    await promoteApproved(first, digest.slice(0, 16));
    expect(await memoryIn("prod")).toBe(512);
    const evidence = await evidenceOf("prod");
    expect(evidence).toMatchObject([
      { release: digest, passed: true, provenance: null },
      {
        release: second.manifest.digest,
        passed: true,
        provenance: { commit: second.manifest.commit, run: RUN },
      },
      { release: digest, passed: true, provenance: { commit: first.manifest.commit, run: RUN } },
    ]);
    for (const { state } of evidence) expect(state.after?.serial).toBeGreaterThan(state.before?.serial ?? 0);
  }, 900_000);

  describe("is refused", () => {
    test("when nobody attests who made it, in GitHub Actions", async () => {
      const job = jobAttesting("Error: HTTP 404: Not Found", 1);
      const unattested = refused(/^It can't be verified that .* made release [0-9a-f]{12} .*HTTP 404/s);
      expect(await promoteIn(job, second.folder)).toMatchObject(unattested);
      const env = { ...(await credentials("dev", "deploy")), ...job };
      expect(await run(["deploy", "dev", "--release", second.folder], env)).toMatchObject(unattested);
    });

    test("when it was made from uncommitted changes", async () => {
      edit("dev", "memoryMegabytes: 320", "memoryMegabytes: 384");
      const dirty = await release("--allow-dirty");
      edit("dev", "memoryMegabytes: 384", "memoryMegabytes: 320");
      expect(await promote(dirty.folder)).toMatchObject(
        refused(/was made from uncommitted changes, and can't be promoted/),
      );
    });

    test("when dev has drifted since", async () => {
      const client = new DynamoDBClient(as("dev"));
      const protect = (DeletionProtectionEnabled: boolean) =>
        client.send(new UpdateTableCommand({ TableName: names.tables.users, DeletionProtectionEnabled }));
      await protect(true);
      expect(await promote(second.folder)).toMatchObject(
        refused(
          /^dev differs from release .*, which is deployed there, .*: aws_dynamodb_table\.users-table_/,
        ),
      );
      await protect(false);
    }, 300_000);

    test("when somebody holds the lock, who is named; a stale one is taken away by its id", async () => {
      const Bucket = dev.state.bucket;
      const lock = {
        ID: "6f3b1f4e-0000-4000-8000-000000000000",
        Operation: "OperationTypeApply",
        Info: "",
        Who: "someone@elsewhere",
        Version: "1.11.4",
        Created: "2026-01-01T00:00:00Z",
        Path: `${Bucket}/messaging.tfstate`,
      };
      const s3 = new S3Client({ ...as("dev"), forcePathStyle: true });
      const Key = "messaging.tfstate.tflock";
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: JSON.stringify(lock) }));
      // Who left it was killed in the middle of a deployment.
      const evidence = new EvidenceStore(dev, as("dev"));
      await evidence.begin(second.manifest.digest, new Date().toISOString(), accounts.dev);
      const locked = await deployDev(second.folder);
      expect(locked).toMatchObject(
        refused(/^The state of dev is locked by someone@elsewhere \(OperationTypeApply, since 2026-01-01/),
      );
      expect(locked.stderr).toContain(`--unlock ${lock.ID}`);
      const done = await deployDev(second.folder, "--unlock", lock.ID);
      expect(done).toMatchObject({ exitCode: 0, stderr: "" });
      expect(done.stdout).toContain("The last deployment did not finish");
    }, 300_000);

    test("when its smoke test failed in dev", async () => {
      edit("dev", "enabled: true", "enabled: false");
      await commitAll(checkout, "Pause the trigger");
      const paused = (await release()).folder;
      const blocked = refused(/^The review of dev's plan blocks release/, 3);
      expect(await deployDev(paused)).toMatchObject(blocked);
      const exception = {
        rule: "trigger-change",
        address: "aws_lambda_event_source_mapping.messaging-stream_trigger_3EDE544D",
        reason: "To see a smoke test fail",
        approver: "The test",
        expires: "2999-12-31",
      };
      writeFileSync(join(checkout, "review-exceptions.json"), JSON.stringify({ exceptions: [exception] }));
      expect(await deployDev(paused, "--accept-care")).toMatchObject(
        refused(/trigger\.enabled is false in dev/),
      );
      expect((await evidenceOf("dev")).at(-1)).toMatchObject({
        applied: true,
        passed: false,
        smoke: { passed: false },
      });
      expect(await promote(paused)).toMatchObject(refused(/did not pass in dev/));
    }, 600_000);
  });

  describe("the roles", () => {
    const denied = /not authorized|AccessDenied|Access Denied|explicit deny/;

    test("are taken by the jobs that they are for, and by no other", async () => {
      await expect(role("prod", "deploy", "dev")).rejects.toThrow("AccessDenied");
      await expect(role("dev", "deploy", "prod")).rejects.toThrow("AccessDenied");
      await expect(role("dev", "plan", "staging")).rejects.toThrow("AccessDenied");
    });

    test("to plan: reads what is there, and no item; writes nothing", async () => {
      const settings = settingsOf(aws, await role("dev", "plan"));
      const dynamodb = new DynamoDBClient(settings);
      const s3 = new S3Client({ ...settings, forcePathStyle: true });
      const TableName = names.tables.users;
      const Key = { Name: { S: "a" }, Title: { S: "b" } };
      await expect(dynamodb.send(new DescribeTableCommand({ TableName }))).resolves.toBeDefined();
      await expect(dynamodb.send(new GetItemCommand({ TableName, Key }))).rejects.toThrow(denied);
      await expect(dynamodb.send(new PutItemCommand({ TableName, Item: Key }))).rejects.toThrow(denied);
      await expect(
        dynamodb.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: true })),
      ).rejects.toThrow(denied);
      const Bucket = dev.state.bucket;
      const lock = { Bucket, Key: "messaging.tfstate.tflock" };
      await expect(s3.send(new DeleteObjectCommand(lock))).rejects.toThrow(denied);
      for (const Key of ["messaging.tfstate", lock.Key, "releases/x/evidence/y.json"])
        await expect(
          s3.send(new PutObjectCommand({ Bucket, Key, Body: "x", IfNoneMatch: "*" })),
        ).rejects.toThrow(denied);
    });

    test("to deploy: overwrites and deletes no evidence, and reaches no other environment", async () => {
      const settings = settingsOf(aws, await role("dev", "deploy"));
      const s3 = new S3Client({ ...settings, forcePathStyle: true });
      const Bucket = dev.state.bucket;
      const [first] = await evidenceOf("dev");
      if (!first) throw new Error("no evidence");
      const Key = `releases/${first.release}/evidence/${first.began}.json`;
      const put = (condition: { IfNoneMatch?: string }) =>
        s3.send(new PutObjectCommand({ Bucket, Key, Body: "{}", ...condition }));
      await expect(put({})).rejects.toThrow(denied);
      await expect(put({ IfNoneMatch: "*" })).rejects.toThrow("pre-conditions");
      await expect(s3.send(new DeleteObjectCommand({ Bucket, Key }))).rejects.toThrow(denied);
      await expect(new EvidenceStore(dev, settings).write(first)).rejects.toThrow(
        /^There is evidence at s3:.* already, and it is not overwritten\./,
      );
      expect((await evidenceOf("dev"))[0]).toEqual(first);
      const state = { Bucket: prod.state.bucket, Key: "messaging.tfstate", Body: "x" };
      await expect(s3.send(new PutObjectCommand(state))).rejects.toThrow(denied);
      const dynamodb = new DynamoDBClient(settings);
      const update = { TableName: "another-table", DeletionProtectionEnabled: true };
      await expect(dynamodb.send(new UpdateTableCommand(update))).rejects.toThrow(denied);
    });
  });
});
