import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  DescribeTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import {
  GetResourcesCommand,
  ResourceGroupsTaggingAPIClient,
} from "@aws-sdk/client-resource-groups-tagging-api";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { execa } from "execa";
import { namesOf } from "../../config/names.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { deploy as deployRelease } from "../../release/deploy.ts";
import { accessTo } from "../../account/access.ts";
import { refuseIfLocked, type SavedPlan } from "../../release/rollout-plan.ts";
import { EvidenceStore } from "../../release/evidence.ts";
import { PLAN_FILE } from "../../terraform/plan-environment.ts";
import { openRelease } from "../../release/release.ts";
import { plan, TerraformError } from "../../terraform/terraform.ts";
import { ACCOUNT, clientSettings } from "../support/messages-table.ts";
import { dev, prod } from "../support/environments.ts";
import { setTerraform, TerraformWithProviders } from "../support/provider-server.ts";
import { editFile, makeRepository, runIn } from "../support/repository.ts";
import { describeWith } from "../support/requirements.ts";

describeWith(["terraform", "python"], "a deployment", () => {
  const place = mkdtempSync(join(tmpdir(), "deploy-test-"));
  let aws: EmbeddedAws;
  let checkout: string;
  let release: string;
  let s3: S3Client;

  const deploy = (...options: string[]) =>
    runIn(checkout, ["deploy", "dev", "--release", release, "--accept-care", ...options], {
      env: aws.environmentFor(ACCOUNT),
    });

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    s3 = new S3Client({ ...clientSettings(aws), forcePathStyle: true });
    checkout = await makeRepository(join(place, "checkout"));
    release = join(place, "out/release");
    const made = await Promise.all([
      runIn(checkout, ["bootstrap", "dev"], { env: aws.environmentFor(ACCOUNT) }),
      runIn(checkout, ["release", "--out", join(place, "out")]),
    ]);
    expect(made).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }]);
  }, 300_000);
  afterAll(async () => {
    await aws.stop();
    rmSync(place, { recursive: true });
  });

  const evidence = () => new EvidenceStore(dev, clientSettings(aws)).all();
  /** Reads the state, or its lock, from the bucket. */
  async function readObject(Key: string): Promise<{ serial?: number; ID?: string }> {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: dev.state.bucket, Key }));
    return JSON.parse((await Body?.transformToString()) ?? "") as object;
  }
  const runs = () => readdirSync(join(checkout, ".local"), { recursive: true, encoding: "utf8" });
  const terraformSays = (run: string) => readFileSync(join(checkout, ".local", run), "utf8");

  /** Kills a deployment as soon as Terraform says what is waited for. */
  async function killedAt(moment: RegExp, ...options: string[]): Promise<void> {
    const earlier = new Set(runs());
    const logs = () => runs().filter((path) => path.endsWith("terraform.log") && !earlier.has(path));
    const killed = deploy(...options);
    while (!logs().some((log) => moment.test(terraformSays(log)))) {
      await sleep(50);
      if (killed.exitCode !== null) throw new Error(`ended by itself: ${(await killed).stderr}`);
    }
    await killTree(killed.pid ?? 0);
    expect(await killed).toMatchObject({ signal: "SIGKILL" });
  }

  /** The id of the lock that a killed deployment left, as the next one tells it when it refuses. */
  async function lockInRefusal(): Promise<string> {
    const refused = await deploy();
    expect(refused).toMatchObject({ exitCode: 1 });
    expect(refused.stderr).toMatch(/^The state of dev is locked by \S+@\S+ \(OperationTypeApply, since /);
    return /--unlock (\S+)/.exec(refused.stderr)?.[1] ?? "";
  }

  /** The same, as Terraform wrote it into the bucket. */
  const lockInBucket = async () => (await readObject("messaging.tfstate.tflock")).ID ?? "";

  test("that is killed, with all its processes, is brought to its end by the next one, and nothing is there twice", async () => {
    await killedAt(/aws_vpc\.\S+: Creation complete/);
    await killedAt(/aws_lambda_function\.\S+: Creating/, "--unlock", await lockInRefusal());
    await killedAt(/aws_lambda_event_source_mapping\.\S+: Creating/, "--unlock", await lockInBucket());
    expect(await evidence()).toEqual([]);

    const done = await deploy("--unlock", await lockInBucket());
    expect(done).toMatchObject({ exitCode: 0, stderr: "" });
    expect(done.stdout).toContain("The last deployment did not finish");
    expect(await evidence()).toMatchObject([{ applied: true, passed: true }]);

    const ec2 = new EC2Client(clientSettings(aws));
    const ours = { Filters: [{ Name: "tag:environment", Values: ["dev"] }] };
    expect((await ec2.send(new DescribeVpcsCommand(ours))).Vpcs).toHaveLength(1);
    expect((await ec2.send(new DescribeSubnetsCommand(ours))).Subnets).toHaveLength(2);
    expect((await ec2.send(new DescribeRouteTablesCommand(ours))).RouteTables).toHaveLength(1);
    const kms = new ResourceGroupsTaggingAPIClient(clientSettings(aws));
    const { ResourceTagMappingList } = await kms.send(
      new GetResourcesCommand({
        ResourceTypeFilters: ["kms:key"],
        TagFilters: [{ Key: "environment", Values: ["dev"] }],
      }),
    );
    // The state's, and the tables'.
    expect(ResourceTagMappingList).toHaveLength(2);
  }, 600_000);

  describe("that finished", () => {
    const terraform = new TerraformWithProviders();
    beforeAll(async () => {
      await terraform.serve(aws.environmentFor(ACCOUNT));
      setTerraform(terraform.binary);
    });
    afterAll(async () => {
      setTerraform(undefined);
      await terraform.stop();
    });

    test("after that has nothing to do, and says so in evidence of its own", async () => {
      const again = await deploy();
      expect(again).toMatchObject({ exitCode: 0, stderr: "" });
      expect(again.stdout).not.toContain("did not finish");
      const last = (await evidence()).at(-1);
      expect(last).toMatchObject({ passed: true, plan: { approval: "nothing to do" } });
    }, 300_000);

    describe("when something happens between the review and the apply", () => {
      const users = namesOf(dev).tables.users;
      const dynamodb = () => new DynamoDBClient(clientSettings(aws));
      const isProtected = async () =>
        (await dynamodb().send(new DescribeTableCommand({ TableName: users }))).Table
          ?.DeletionProtectionEnabled;

      /** A deployment that has one thing to do: to put back what was changed by hand. */
      const deployPausing = (pause: (saved: SavedPlan) => unknown) =>
        deployRelease({
          release: openRelease(release),
          environment: dev,
          access: { ...accessTo(dev, aws.environmentFor(ACCOUNT)), account: ACCOUNT },
          approve: async (saved) => {
            await pause(saved);
            return "approved by the test";
          },
        });

      beforeAll(async () => {
        await dynamodb().send(new UpdateTableCommand({ TableName: users, DeletionProtectionEnabled: true }));
      });

      const deployAnother = async () => {
        const Key = "messaging.tfstate";
        const { serial = 0, ...state } = await readObject(Key);
        const Body = JSON.stringify({ ...state, serial: serial + 1 });
        await s3.send(new PutObjectCommand({ Bucket: dev.state.bucket, Key, Body }));
      };
      const swapPlan = ({ run }: SavedPlan) => plan(run, PLAN_FILE, "-destroy", "-lock=false");

      test.each([
        [
          "a plan that another deployment made stale",
          deployAnother,
          /^The state of dev has changed since the plan was made: somebody else deployed. Nothing was applied./,
        ],
        [
          "another plan in the place of the reviewed one",
          swapPlan,
          /^The saved plan of dev is not the one that was reviewed \([0-9a-f]{64}\). Nothing was applied./,
        ],
      ])("%s is not applied", async (_, pause, refusal) => {
        const kept = await evidence();
        await expect(deployPausing(pause)).rejects.toThrow(refusal);
        expect(await isProtected()).toBe(true);
        expect(await evidence()).toEqual(kept);
      });

      test("the reviewed plan is applied", async () => {
        await deployPausing(() => undefined);
        expect(await isProtected()).toBe(false);
      });
    });

    describe("is destroyed", () => {
      const { tables, deadLetterQueue } = namesOf(dev);
      const settingsOfDev = () => join(checkout, "config/environments/dev.ts");
      const destroy = (...options: string[]) =>
        runIn(checkout, ["destroy", "dev", ...options], { env: aws.environmentFor(ACCOUNT) });
      const tablesThere = async () => {
        const client = new DynamoDBClient(clientSettings(aws));
        return (await client.send(new ListTablesCommand({}))).TableNames;
      };

      test("not while a table is guarded, in AWS or in Terraform", async () => {
        const dynamodb = new DynamoDBClient(clientSettings(aws));
        const protect = (DeletionProtectionEnabled: boolean) =>
          dynamodb.send(new UpdateTableCommand({ TableName: tables.users, DeletionProtectionEnabled }));
        await protect(true);
        editFile(settingsOfDev(), "preventDestroy: false", "preventDestroy: true");
        expect(await destroy("--confirm", "dev")).toMatchObject({
          exitCode: 1,
          stderr: [
            "dev is not destroyed, since these tables are guarded. Nothing was changed.",
            "  cruddur-messages: preventDestroy in config/environments/dev.ts",
            "  Users: deletion protection is on in AWS; preventDestroy in config/environments/dev.ts",
            "If they really have to go: set deletionProtection and preventDestroy of each to false in config/environments/dev.ts, have that reviewed and deployed, and destroy dev then. See docs/runbook.md#destroy",
          ].join("\n"),
        });
        editFile(settingsOfDev(), "preventDestroy: true", "preventDestroy: false");
        await protect(false);
      });

      test("not without a word: what would be lost is shown, and nothing is changed", async () => {
        const sqs = new SQSClient(clientSettings(aws));
        const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: deadLetterQueue }));
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "an entry" }));
        const { exitCode, stdout, stderr } = await destroy();
        expect([exitCode, stderr]).toEqual([
          1,
          "dev was not changed: this has to be confirmed, and there is no terminal to ask at. From a pipeline, the same command with: --confirm dev",
        ]);
        for (const line of [
          /^This destroys the messaging stack of dev, in account 999999999999 \(ca-central-1\): 26 resources\.$/m,
          /^ {2}table cruddur-messages: about \d+ items, [\d,]+ bytes, as AWS last counted; it can't be restored, since it has no point-in-time recovery$/m,
          /^ {2}table Users: about 0 items, 0 bytes, /m,
          /^ {2}KMS key [0-9a-f-]{36}: scheduled for deletion in 30 days, /m,
          /^ {2}function cruddur-messaging-stream$/m,
          /^ {2}queue cruddur-messaging-stream-dead-letters: 1 entry$/m,
          /^ {2}the rest: .*, 2 aws_subnet, 1 aws_vpc, /m,
        ])
          expect(stdout).toMatch(line);
        expect(await tablesThere()).toEqual(expect.arrayContaining(Object.values(tables)));
      });

      test("once its name is given; its bucket stays, and a second time there is nothing left", async () => {
        const kept = await evidence();
        const done = await destroy("--confirm", "dev");
        expect(done).toMatchObject({ exitCode: 0, stderr: "" });
        expect(done.stdout).toContain("Destroyed the messaging stack of dev");
        expect(done.stdout).toMatch(/^ {2}the KMS key \S+, until 20\d\d-\d\d-\d\d\. To keep it: aws kms /m);
        expect(await tablesThere()).toEqual([]);
        expect(await evidence()).toEqual(kept);
        expect(await destroy("--confirm", "dev")).toMatchObject({
          exitCode: 1,
          stdout: "",
          stderr:
            "There is nothing to destroy in dev: its state, in the bucket cruddur-messaging-dev-state, has no resource.",
        });
      });
    });
  });
});

/** Ends a process and all that it started, at once. */
async function killTree(root: number): Promise<void> {
  const { stdout } = await execa("ps", ["-A", "-o", "pid=,ppid="]);
  const processes = stdout.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  const tree = [root];
  for (const parent of tree)
    tree.push(...processes.filter(([, ppid]) => ppid === parent).map(([pid = 0]) => pid));
  for (const pid of tree) process.kill(pid, "SIGKILL");
}

test("a locked state is refused with the command that removes the lock; another error is not taken for it", () => {
  const refuse = (message: string, environment = dev) => {
    refuseIfLocked(new TerraformError(message), environment);
  };
  const locked = "Error acquiring the state lock\n  ID: the-id";
  expect(() => {
    refuse(locked);
  }).toThrow("npm run deploy -- dev --release <path> --unlock the-id\n");
  expect(() => {
    refuse(locked, prod);
  }).toThrow("npm run promote -- --from <environment> --to prod --release <path> --unlock the-id\n");
  expect(() => {
    refuse("something else");
  }).not.toThrow();
});
