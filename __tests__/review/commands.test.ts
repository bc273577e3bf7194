import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteTableCommand, DynamoDBClient, UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { type EmbeddedAws, region } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { reviewDocument } from "../../review/report/document.ts";
import { deployInto, synthesizeFor } from "../support/deploy-environment.ts";
import { devLiteral } from "../support/environments.ts";
import { TerraformWithProviders } from "../support/provider-server.ts";
import { commitAll, makeRepository, runIn } from "../support/repository.ts";
import { describeWith } from "../support/requirements.ts";

const ACCOUNT = "111111111111";
jest.setTimeout(600_000);

describeWith(["terraform", "python"], "the commands, from a checkout, on a deployed environment", () => {
  const folder = mkdtempSync(join(tmpdir(), "review-commands-"));
  const out = join(folder, "out");
  let aws: EmbeddedAws;
  let checkout: string;
  let literal: string;

  const terraform = new TerraformWithProviders();
  const run = (...parameters: readonly string[]) =>
    runIn(checkout, parameters, {
      env: { ...aws.environmentFor(ACCOUNT), TERRAFORM_BINARY_NAME: terraform.binary },
    });
  const plan = (...options: readonly string[]) => run("plan", "dev", "--out", out, ...options);
  const change = (from: string, to: string) => {
    expect(literal).toContain(from);
    writeFileSync(join(checkout, "config/environments/dev.ts"), literal.replaceAll(from, to));
  };
  const review = () => reviewDocument.parse(JSON.parse(readFileSync(join(out, "review.json"), "utf8")));
  const tables = () =>
    new DynamoDBClient({
      endpoint: aws.environmentFor(ACCOUNT)["AWS_ENDPOINT_URL"] ?? "",
      region,
      credentials: { accessKeyId: ACCOUNT, secretAccessKey: "local" },
    });
  const inStack = (file: string) => join(out, "synthesized/stacks/messaging-dev", file);

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    checkout = await makeRepository(join(folder, "checkout"));
    const file = join(checkout, "config/environments/dev.ts");
    // As a team would that has begun to keep something in it.
    literal = readFileSync(file, "utf8").replace("preventDestroy: false", "preventDestroy: true");
    writeFileSync(file, literal);
    await commitAll(checkout, "Guard dev");
  });
  afterAll(async () => {
    await terraform.stop();
    await aws.stop();
    rmSync(folder, { recursive: true });
  });

  test("deployed as the code says, there is nothing to do, and no drift", async () => {
    const output = join(folder, "deployed");
    synthesizeFor(aws, devLiteral, output);
    await deployInto(aws, ACCOUNT, "dev", output);
    await terraform.serve(aws.environmentFor(ACCOUNT));
    const [planned, drift] = await Promise.all([plan(), run("drift", "dev")]);
    expect([planned.exitCode, planned.stdout.split("\n")[0]]).toEqual([0, "Safe: dev: no changes"]);
    const { stdout: commit } = await execa("git", ["rev-parse", "HEAD"], { cwd: checkout });
    expect(review()).toMatchObject({ commit, notes: [] });
    expect([drift.exitCode, drift.stdout]).toEqual([
      0,
      expect.stringContaining("Safe: dev (drift): no changes"),
    ]);
  });

  test("a guard of Terraform's that is taken off changes nothing in AWS, and is found beside the code of before", async () => {
    change("preventDestroy: true", "preventDestroy: false");
    const address = "aws_dynamodb_table.messages-table_E0D1F6EA";
    const terms = { reason: "It is empty", approver: "the messaging team", expires: "2999-12-31" };
    const exceptions = join(folder, "exceptions.json");
    writeFileSync(exceptions, JSON.stringify({ exceptions: [{ rule: "guard-off", address, ...terms }] }));
    const { exitCode } = await plan("--since", "HEAD", "--exceptions", exceptions);
    expect(exitCode).toBe(2);
    const excepted = review().findings.filter(({ exception }) => exception);
    expect(excepted).toEqual([expect.objectContaining({ rule: "guard-off", address, exception: terms })]);
    expect(review()).toMatchObject({
      verdict: "care",
      changes: false,
      notes: ["Planned with changes that are not committed."],
    });
    expect(review().findings.map(({ path, what }) => `${path}: ${what}`)).toEqual(
      expect.arrayContaining([
        "messaging-dev/messages-table/table: cruddur-messages has no prevent_destroy: Terraform would carry out a plan that destroys it.",
        expect.stringMatching(/^messaging-dev\/key\/key: /),
      ]),
    );
  });

  test("a plan that Terraform refuses is a verdict, with what it would do, and leaves nothing to apply", async () => {
    change('nameSuffix: ""', 'nameSuffix: "-next"');
    const { exitCode, stdout } = await plan();
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/^Blocked: dev: /);
    expect(review().notes.join()).toMatch(
      /^Terraform refuses this plan because of prevent_destroy on aws_dynamodb_table\./,
    );
    expect(review().findings.map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(["prevented-destroy", "lost-table"]),
    );
    expect([inStack("plan.tfplan"), inStack("plan.json")].map(existsSync)).toEqual([false, true]);
  });

  test("what changed outside Terraform is told apart from what is not applied yet, by the same rules", async () => {
    await tables().send(
      new UpdateTimeToLiveCommand({
        TableName: "Users",
        TimeToLiveSpecification: { Enabled: true, AttributeName: "expires" },
      }),
    );
    change("memoryMegabytes: 256", "memoryMegabytes: 512");
    const { exitCode, stdout } = await run("drift", "dev", "--format", "json");
    expect(exitCode).toBe(2);
    const { drift, pending } = JSON.parse(stdout) as Record<"drift" | "pending", unknown>;
    const [outside, unapplied] = [reviewDocument.parse(drift), reviewDocument.parse(pending)];
    expect(outside.findings.map(({ rule }) => rule)).toEqual(["time-to-live"]);
    expect(
      outside.resources.map(({ type, differences }) => [type, differences.map(({ attribute }) => attribute)]),
    ).toEqual([["aws_dynamodb_table", ["ttl.attribute_name", "ttl.enabled"]]]);
    expect(unapplied.verdict).toBe("safe");
    expect(unapplied.resources.map(({ type, differences }) => [type, differences])).toEqual([
      ["aws_lambda_function", [{ attribute: "memory_size", kind: "changed", before: "256", after: "512" }]],
    ]);
  });

  test("a table that was deleted outside Terraform is care, though the plan only creates it", async () => {
    await tables().send(new DeleteTableCommand({ TableName: "Users" }));
    const { exitCode } = await plan();
    expect(exitCode).toBe(2);
    expect(review().findings.map(({ what }) => what)).toContain(
      "aws_dynamodb_table Users was deleted outside Terraform, with all its items, and is made anew, empty.",
    );
  });
});
