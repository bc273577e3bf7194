import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { projectFolder } from "../../config/project-folder.ts";
import { planFromJson } from "../../review/plan/plan.ts";
import type { ReviewDocument } from "../../review/report/document.ts";
import { textReport } from "../../review/report/text-report.ts";
import { describeCounts } from "../../review/report/wording.ts";
import { reviewPlan } from "../../review/review-plan.ts";
import { makeOffline } from "../../terraform/offline.ts";
import { readPlanJson } from "../../terraform/plan-json.ts";
import { init, plan, showPlan } from "../../terraform/terraform.ts";
import { describeWith } from "../support/requirements.ts";

const policy = {
  Statement: [
    {
      Effect: "Allow",
      Principal: "*",
      Action: "sqs:SendMessage",
      Resource: "*",
      Condition: { ArnLike: { "aws:SourceArn": "arn:aws:sns:*:111111111111:news" } },
    },
    { Effect: "Deny", NotPrincipal: { AWS: "111111111111" }, Action: "sqs:*", Resource: "*" },
  ],
};

const CODE = {
  terraform: {
    backend: { local: {} },
    required_providers: { aws: { source: "aws", version: "5.100.0" } },
  },
  provider: { aws: [{ region: "ca-central-1" }] },
  resource: {
    aws_security_group: {
      web: {
        name: "web",
        ingress: [22, 443].map((port) => ({
          from_port: port,
          to_port: port,
          protocol: "tcp",
          cidr_blocks: ["0.0.0.0/0"],
          description: "",
          ipv6_cidr_blocks: [],
          prefix_list_ids: [],
          security_groups: [],
          self: false,
        })),
      },
    },
    aws_sqs_queue: { news: { name: "news", policy: JSON.stringify(policy) } },
    aws_db_instance: {
      db: {
        identifier: "db",
        engine: "postgres",
        instance_class: "db.t4g.micro",
        allocated_storage: 20,
        username: "owl",
        password: "hunter2-of-the-owl",
        publicly_accessible: true,
      },
    },
    aws_dynamodb_table: {
      items: {
        name: "items",
        hash_key: "new",
        billing_mode: "PAY_PER_REQUEST",
        attribute: [{ name: "new", type: "S" }],
      },
    },
    aws_cloudwatch_log_group: { logs: { name: "logs", retention_in_days: 30 } },
    terraform_data: { imported: { input: "x" } },
  },
  import: [{ to: "terraform_data.imported", id: "x" }],
  removed: [{ from: "terraform_data.forgotten", lifecycle: { destroy: false } }],
};

const AWS = 'provider["registry.terraform.io/hashicorp/aws"]';
const inState = (type: string, name: string, attributes: object, version = 0, provider = AWS) => ({
  mode: "managed",
  type,
  name,
  provider,
  instances: [{ schema_version: version, attributes }],
});

const STATE = {
  version: 4,
  terraform_version: "1.10.0",
  serial: 1,
  lineage: "5f0c7c0e-0000-4000-8000-000000000000",
  outputs: {},
  resources: [
    inState("aws_s3_bucket", "old", { bucket: "our-old-bucket", id: "our-old-bucket" }),
    inState(
      "aws_dynamodb_table",
      "items",
      {
        name: "items",
        id: "items",
        hash_key: "old",
        billing_mode: "PAY_PER_REQUEST",
        attribute: [{ name: "old", type: "S" }],
      },
      1,
    ),
    inState("aws_cloudwatch_log_group", "logs", { name: "logs", id: "logs", retention_in_days: 14 }),
    inState(
      "terraform_data",
      "forgotten",
      { id: "f", input: null, output: null, triggers_replace: null },
      0,
      'provider["terraform.io/builtin/terraform"]',
    ),
  ],
};

describeWith(["terraform"], "what a plan of Terraform does to resources", () => {
  const folder = mkdtempSync(join(tmpdir(), "changed-resources-"));
  let document: ReviewDocument;
  let shown: string;
  const lines = (address: string) =>
    document.resources
      .find((resource) => resource.address === address)
      ?.differences.map(({ attribute, before, after }) => `${attribute}: ${before ?? ""} → ${after ?? ""}`) ??
    [];

  beforeAll(async () => {
    copyFileSync(join(projectFolder, "terraform.lock.hcl"), join(folder, ".terraform.lock.hcl"));
    writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify(CODE));
    const run = makeOffline({ folder });
    await init(run);
    writeFileSync(join(folder, "terraform.tfstate"), JSON.stringify(STATE));
    await plan(run, "plan.tfplan", "-refresh=false", "-lock=false");
    const json = readPlanJson(JSON.stringify(await showPlan(run, "plan.tfplan")), "plan.json");
    document = await reviewPlan(planFromJson([json]), { name: "dev", now: new Date(0) });
    const terraform = process.env["TERRAFORM_BINARY_NAME"] ?? "terraform";
    ({ stdout: shown } = await execa(terraform, ["show", "-no-color", "plan.tfplan"], { cwd: folder }));
  }, 120_000);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test("is counted as Terraform counts it", () => {
    const [line = ""] = /^Plan: .*$/m.exec(shown) ?? [];
    expect(line).toBe("Plan: 1 to import, 4 to add, 2 to change, 2 to destroy.");
    expect(describeCounts(document)).toBe(`${line} 1 will no longer be managed by Terraform.`);
  });

  test("has the time of the plan, not that of the review", () => {
    expect(Date.now() - Date.parse(document.planned)).toBeLessThan(120_000);
  });

  test("names what is destroyed, and what forces a replacement", () => {
    expect(document.destroyed).toEqual([
      { address: "aws_dynamodb_table.items", type: "aws_dynamodb_table", name: "items" },
      { address: "aws_s3_bucket.old", type: "aws_s3_bucket", name: "our-old-bucket" },
    ]);
    expect(document.resources.filter(({ forcedBy }) => forcedBy)).toMatchObject([
      { address: "aws_dynamodb_table.items", forcedBy: ["hash_key"] },
    ]);
    expect(lines("aws_s3_bucket.old")).toEqual(['name: "our-old-bucket" → ']);
  });

  test("shows of a new resource who can reach it, its size and its guards, and no defaults or secrets", () => {
    const [ingress = "", ...others] = lines("aws_security_group.web").filter((line) =>
      line.startsWith("ingress"),
    );
    expect(others).toEqual([]);
    expect(ingress).toContain('cidr_blocks: ["0.0.0.0/0"]');
    expect(ingress).toContain("from_port: 22, ");
    expect(ingress).not.toMatch(/self|description|ipv6/);
    expect(lines("aws_db_instance.db").filter((line) => !line.endsWith("(known after apply)"))).toEqual([
      "allocated_storage:  → 20",
      "delete_automated_backups:  → true",
      'engine:  → "postgres"',
      'identifier:  → "db"',
      'instance_class:  → "db.t4g.micro"',
      "password:  → (hidden)",
      "publicly_accessible:  → true",
    ]);
  });

  test("puts what is known only after apply on one line", () => {
    const unknown = textReport(document, { width: 10_000 })
      .split("\n")
      .filter((line) => line.includes("known after apply"));
    expect(unknown).toEqual(
      expect.arrayContaining([expect.stringMatching(/^ {4}\+ known after apply: .*\barn, .* and \d+ more$/)]),
    );
    expect(unknown.length).toBeLessThanOrEqual(document.resources.length);
  });

  test("shows the statements of a new policy in short", () => {
    expect(lines("aws_sqs_queue.news").filter((line) => line.startsWith("policy"))).toEqual([
      "policy.Statement[0]:  → Allow sqs:SendMessage on * to * if aws:sourcearn arnlike arn:aws:sns:*:111111111111:news",
      "policy.Statement[1]:  → Deny sqs:* on * to all but AWS:111111111111",
    ]);
  });
});
