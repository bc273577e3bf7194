import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
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
import { execa } from "execa";
import { environmentNamed } from "../../config/load-environments.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { planWithLeftovers } from "../../pipeline/deploy-adopt.ts";
import type { Leftovers } from "../../pipeline/deploy-leftovers.ts";
import { lockExplained, type SavedPlan } from "../../pipeline/deploy-plan.ts";
import { EvidenceStore } from "../../pipeline/evidence.ts";
import { TerraformError } from "../../pipeline/terraform.ts";
import { ACCOUNT, clientSettings } from "../support/messages-table.ts";
import { makeRepository, runIn } from "../support/repository.ts";
import { describeWith } from "../support/requirements.ts";

const dev = environmentNamed("dev");

describeWith(
  ["terraform", "python"],
  "a deployment that is killed in the middle of an apply, with all its processes",
  () => {
    const place = mkdtempSync(join(tmpdir(), "deploy-test-"));
    let aws: EmbeddedAws;
    let checkout: string;
    let release: string;

    const deploy = (...options: string[]) =>
      runIn(checkout, ["deploy", "dev", "--release", release, "--accept-care", ...options], {
        env: aws.environmentFor(ACCOUNT),
      });

    beforeAll(async () => {
      aws = await startEmbeddedAws();
      checkout = await makeRepository(join(place, "checkout"));
      release = join(place, "out/release");
      const env = aws.environmentFor(ACCOUNT);
      expect(await runIn(checkout, ["bootstrap", "dev"], { env })).toMatchObject({ exitCode: 0 });
      expect(await runIn(checkout, ["release", "--out", join(place, "out")])).toMatchObject({ exitCode: 0 });
    }, 300_000);
    afterAll(async () => {
      await aws.stop();
      rmSync(place, { recursive: true });
    });

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

    /** The id of the lock that a killed deployment left, as the refusal of the next one tells it. */
    async function lockLeft(): Promise<string> {
      const refused = await deploy();
      expect(refused).toMatchObject({ exitCode: 1 });
      expect(refused.stderr).toMatch(/^The state of dev is locked by \S+@\S+ \(OperationTypeApply, since /);
      return /--unlock (\S+)/.exec(refused.stderr)?.[1] ?? "";
    }

    test("is brought to its end by the next one, and nothing is there twice", async () => {
      await killedAt(/aws_vpc\.\S+: Creation complete/);
      await killedAt(/aws_lambda_function\.\S+: Creating/, "--unlock", await lockLeft());
      await killedAt(/aws_lambda_event_source_mapping\.\S+: Creating/, "--unlock", await lockLeft());
      expect(await new EvidenceStore(dev, clientSettings(aws)).all()).toEqual([]);

      const done = await deploy("--unlock", await lockLeft());
      expect(done).toMatchObject({ exitCode: 0, stderr: "" });
      expect(done.stdout).toContain("The last deployment was not carried through");
      const [evidence] = await new EvidenceStore(dev, clientSettings(aws)).all();
      expect(evidence).toMatchObject({ applied: true, passed: true });

      const ec2 = new EC2Client(clientSettings(aws));
      const ours = { Filters: [{ Name: "tag:environment", Values: ["dev"] }] };
      expect((await ec2.send(new DescribeVpcsCommand(ours))).Vpcs).toHaveLength(1);
      expect((await ec2.send(new DescribeSubnetsCommand(ours))).Subnets).toHaveLength(2);
      expect((await ec2.send(new DescribeRouteTablesCommand(ours))).RouteTables).toHaveLength(1);
      const kms = new ResourceGroupsTaggingAPIClient(clientSettings(aws));
      const { ResourceTagMappingList } = await kms.send(
        new GetResourcesCommand({ ResourceTypeFilters: ["kms:key"] }),
      );
      // The state's, and the tables'.
      expect(ResourceTagMappingList).toHaveLength(2);
    }, 600_000);

    test("and the one after that has nothing to do, and says so in evidence of its own", async () => {
      const again = await deploy();
      expect(again).toMatchObject({ exitCode: 0, stderr: "" });
      expect(again.stdout).not.toContain("not carried through");
      expect((await new EvidenceStore(dev, clientSettings(aws)).all()).at(-1)).toMatchObject({
        passed: true,
        plan: { approval: "nothing to do" },
      });
    }, 300_000);
  },
);

/** Ends a process and all that it started, at once. */
async function killTree(root: number): Promise<void> {
  const { stdout } = await execa("ps", ["-A", "-o", "pid=,ppid="]);
  const processes = stdout.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  const tree = [root];
  for (const parent of tree)
    tree.push(...processes.filter(([, ppid]) => ppid === parent).map(([pid = 0]) => pid));
  for (const pid of tree) process.kill(pid, "SIGKILL");
}

test("what a killed deployment left is imported where the plan would make it again; not what is gone, or somebody else's", async () => {
  const folder = mkdtempSync(join(tmpdir(), "leftovers-"));
  const changes = (actions: string[], ...addresses: string[]) =>
    addresses.map((address) => ({
      address,
      type: address.split(".")[0],
      change: { actions, before: { owner: address }, after: { name: `name of ${address}` } },
    }));
  const plan = (resource_changes: unknown[]) => ({ json: { resource_changes } }) as unknown as SavedPlan;
  const all = ["aws_vpc.a", "aws_iam_role.b", "aws_subnet.c", "aws_dynamodb_table.d"];
  const imported: string[][] = [];
  const leftovers: Leftovers = {
    find: ({ type, values }) =>
      Promise.resolve(type === "aws_subnet" ? undefined : (values["name"] as string)),
    isOurs: (values) => (values as { owner: string }).owner !== "aws_dynamodb_table.d",
  };
  const saved = await planWithLeftovers(folder, leftovers, () => {
    const file = join(folder, "adopted.tf.json");
    if (!existsSync(file)) return Promise.resolve(plan(changes(["create"], ...all)));
    const blocks = JSON.parse(readFileSync(file, "utf8")) as { import: { to: string; id: string }[] };
    const addresses = blocks.import.map(({ to }) => to);
    imported.push(blocks.import.map(({ to, id }) => `${to} by ${id}`));
    if (addresses.includes("aws_iam_role.b"))
      return Promise.reject(
        new TerraformError('Cannot import non-existent remote object to "aws_iam_role.b"'),
      );
    const others = all.filter((address) => !addresses.includes(address));
    return Promise.resolve(plan([...changes(["no-op"], ...addresses), ...changes(["create"], ...others)]));
  });
  expect(imported).toEqual([
    [
      "aws_vpc.a by name of aws_vpc.a",
      "aws_iam_role.b by name of aws_iam_role.b",
      "aws_dynamodb_table.d by name of aws_dynamodb_table.d",
    ],
    ["aws_vpc.a by name of aws_vpc.a", "aws_dynamodb_table.d by name of aws_dynamodb_table.d"],
    ["aws_vpc.a by name of aws_vpc.a"],
  ]);
  expect(saved.json.resource_changes).toHaveLength(4);
  rmSync(folder, { recursive: true });
});

test("another error than that of a lock is passed on as it is", () => {
  const error = new TerraformError("something else");
  expect(lockExplained(error, "dev")).toBe(error);
});
