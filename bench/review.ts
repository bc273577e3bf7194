import { execa } from "execa";
import { mkdtempSync, rmSync, statSync, writeFileSync, copyFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { init, plan, type StackRun } from "../terraform/terraform.ts";
import { makeOffline } from "../terraform/offline.ts";
import { projectFolder } from "../config/project-folder.ts";
import { alignColumns } from "./columns.ts";

/** Number of resources in the plan. */
const RESOURCES = 2_000;

/** Number of runs. The fastest counts, since other load on the machine slows down the others. */
const RUNS = 5;

/** Maximum processor time for the review and its report, without reading the file. */
const LIMIT_MILLISECONDS = 1_000;

/**
 * Measures the review of a plan that changes 2,000 resources, and `terraform show` of the same plan.
 * @throws Error when the review takes longer than the limit.
 */
export async function benchReview(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bench-review-"));
  try {
    const run = await createPlan(folder);
    const file = join(folder, "plan.json");
    const showText = await timeShow(run, join(folder, "plan.txt"));
    const showJson = await timeShow(run, file, "-json");
    const times: ReviewTime[] = [];
    for (let count = 0; count < RUNS; count++) times.push(await timeReview(file));
    const best = times.reduce((one, other) => (other.review < one.review ? other : one));
    const rows = [
      [`plan of ${RESOURCES} resources, ${Math.round(statSync(file).size / 1e6)} MB of JSON`, ""],
      ["terraform show", milliseconds(showText)],
      ["terraform show -json", milliseconds(showJson)],
      ["read and parse the JSON", milliseconds(best.read)],
      [`review it, ${best.findings} findings`, milliseconds(best.review)],
      ["write the comment", milliseconds(best.report)],
    ];
    console.log(alignColumns(rows).join("\n"));
    if (best.review + best.report > LIMIT_MILLISECONDS)
      throw new Error(
        `The review takes ${milliseconds(best.review + best.report)}; the limit is ${milliseconds(LIMIT_MILLISECONDS)}.`,
      );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Plans a change of every resource, with the real provider and a generated state. */
async function createPlan(folder: string): Promise<StackRun> {
  copyFileSync(join(projectFolder, "terraform.lock.hcl"), join(folder, ".terraform.lock.hcl"));
  writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify(changedStack()));
  const run = makeOffline({ folder });
  await init(run);
  writeFileSync(join(folder, "terraform.tfstate"), JSON.stringify(unchangedState()));
  await plan(run, "plan.tfplan", "-refresh=false", "-lock=false");
  return run;
}

const ACCOUNT = "111111111111";
const READ = ["dynamodb:GetItem", "dynamodb:Query"];

/** A policy with twelve statements. */
const policy = (number: number, actions: readonly string[]) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: Array.from({ length: 12 }, (_, index) => ({
      Sid: `S${index}`,
      Effect: "Allow",
      Action: actions,
      Resource: `arn:aws:dynamodb:ca-central-1:${ACCOUNT}:table/t${number}-${index}`,
    })),
  });

interface ResourceType {
  /** Default: 0. */
  readonly schemaVersion?: number;
  readonly id: (number: number) => string;
  readonly attributes: (number: number, changed: boolean) => Record<string, unknown>;
}

/** The types of the resources, as many of each. */
const types: Readonly<Record<string, ResourceType>> = {
  aws_dynamodb_table: {
    schemaVersion: 1,
    id: (number) => `table-${number}`,
    attributes: (number, changed) => ({
      name: `table-${number}`,
      hash_key: "pk",
      billing_mode: "PROVISIONED",
      read_capacity: changed ? 5 : 10,
      write_capacity: 5,
      attribute: ["a", "b", "pk"].map((name) => ({ name, type: "S" })),
      global_secondary_index: ["a", "b"].map((key) => ({
        name: `by-${key}`,
        hash_key: key,
        projection_type: "ALL",
        read_capacity: 5,
        write_capacity: 5,
      })),
    }),
  },
  aws_iam_role_policy: {
    id: (number) => `role-${number}:policy-${number}`,
    attributes: (number, changed) => ({
      name: `policy-${number}`,
      role: `role-${number}`,
      policy: policy(number, changed ? [...READ, "dynamodb:PutItem"] : READ),
    }),
  },
  aws_sqs_queue: {
    id: (number) => `https://sqs.ca-central-1.amazonaws.com/${ACCOUNT}/queue-${number}`,
    attributes: (number, changed) => ({
      name: `queue-${number}`,
      fifo_queue: false,
      content_based_deduplication: false,
      delay_seconds: 0,
      max_message_size: 262_144,
      receive_wait_time_seconds: 0,
      visibility_timeout_seconds: 30,
      message_retention_seconds: changed ? 86_400 : 345_600,
    }),
  },
  aws_cloudwatch_log_group: {
    id: (number) => `group-${number}`,
    attributes: (number, changed) => ({ name: `group-${number}`, retention_in_days: changed ? 30 : 14 }),
  },
};
const NUMBERS = [...Array(RESOURCES / Object.keys(types).length).keys()];

const changedStack = () => ({
  terraform: {
    backend: { local: {} },
    required_providers: { aws: { source: "aws", version: "5.100.0" } },
  },
  provider: { aws: [{ region: "ca-central-1" }] },
  resource: Object.fromEntries(
    Object.entries(types).map(([type, { attributes }]) => [
      type,
      Object.fromEntries(NUMBERS.map((number) => [`r${number}`, attributes(number, true)])),
    ]),
  ),
});

/** The state of the unchanged resources; the provider adds the missing attributes. */
const unchangedState = () => ({
  version: 4,
  terraform_version: "1.10.0",
  serial: 1,
  lineage: "5f0c7c0e-0000-4000-8000-000000000000",
  outputs: {},
  resources: Object.entries(types).flatMap(([type, { schemaVersion = 0, id, attributes }]) =>
    NUMBERS.map((number) => ({
      mode: "managed",
      type,
      name: `r${number}`,
      provider: 'provider["registry.terraform.io/hashicorp/aws"]',
      instances: [
        { schema_version: schemaVersion, attributes: { ...attributes(number, false), id: id(number) } },
      ],
    })),
  ),
});

/** Measures `terraform show`, in milliseconds. It writes its output to the file. */
async function timeShow({ folder, env = {} }: StackRun, file: string, ...options: string[]): Promise<number> {
  const binary = process.env["TERRAFORM_BINARY_NAME"] ?? "terraform";
  const started = performance.now();
  await execa(binary, ["show", "-no-color", ...options, "plan.tfplan"], {
    cwd: folder,
    env,
    stdout: { file },
  });
  return performance.now() - started;
}

/** Processor time of each part in milliseconds, and the number of findings. */
type ReviewTime = Readonly<Record<"read" | "review" | "report" | "findings", number>>;

/** Measures one review in a new process, as a command runs it. */
async function timeReview(file: string): Promise<ReviewTime> {
  const parameters = ["--import", "./typescript.mjs", "bench/review-once.ts", file];
  const { stdout } = await execa("node", parameters, { cwd: projectFolder });
  return JSON.parse(stdout) as ReviewTime;
}

const milliseconds = (time: number) => `${Math.round(time)} ms`;
