import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readSettings } from "../../docs/generate/read-settings.ts";
import { NAME } from "../../docs/generate/setting-comments.ts";
import { planFromStacks } from "../../review/plan/plan.ts";
import { markdownReport } from "../../review/report/markdown-report.ts";
import { textReport } from "../../review/report/text-report.ts";
import { reviewPlan } from "../../review/review-plan.ts";
import { allRules } from "../../review/rules/all-rules.ts";
import type { StackPlan } from "../../terraform/plan-environment.ts";
import { describeWith } from "../support/requirements.ts";
import {
  addReplicatedTable,
  changedInPlace,
  changes,
  type HarmfulChange,
  literal,
  SECRETS,
} from "./changes.ts";
import { provenRules } from "./cases/all-cases.ts";
import { DeployedEnvironment } from "./deployed-environment.ts";

/** Deploying takes a minute or two, and so do the plans. */
const PATIENCE = 900_000;

/** A part of each finding of a change, as "level where protected/level elsewhere rule: what". */
const expected: Readonly<Record<HarmfulChange, readonly string[]>> = {
  "tables under another name, and what hangs on them": [
    "blocked/blocked lost-table: Table cruddur-messages is replaced: it is deleted with all its items and recreated empty, because name can't be updated in place.",
    "blocked/blocked lost-table: Table Users is replaced: it is deleted with all its items and recreated empty, because name can't",
    "blocked/blocked lost-data: aws_cloudwatch_log_group /aws/lambda/cruddur-messaging-stream is replaced, because name can't be updated in place: its log events would be lost.",
    "blocked/blocked lost-data: aws_sqs_queue cruddur-messaging-stream-dead-letters is replaced, because name",
    "blocked/blocked trigger-change: The trigger is replaced, because event_source_arn can't be updated in place. The new one starts at TRIM_HORIZON",
    "blocked/blocked trigger-change: Function cruddur-messaging-stream, which the trigger invokes, is replaced, because function_name",
    "blocked/care trigger-change: The dead-letter queue cruddur-messaging-stream-dead-letters is replaced, because name",
    "care/care removed: aws_cloudwatch_composite_alarm cruddur-messaging-ill is replaced, because alarm_name",
    "care/care removed: aws_cloudwatch_metric_alarm cruddur-messaging-stream-dead-letters is replaced, because alarm_name",
    "care/care removed: aws_cloudwatch_metric_alarm cruddur-messaging-stream-errors is replaced",
    "care/care removed: aws_cloudwatch_metric_alarm cruddur-messaging-stream-iterator-age is replaced",
    "care/care removed: aws_cloudwatch_metric_alarm cruddur-messaging-stream-refused-records is replaced",
    "care/care removed: aws_iam_role cruddur-messaging-stream is replaced",
    "care/care removed: aws_kms_alias alias/cruddur-messaging is replaced",
    "care/care removed: aws_security_group cruddur-messaging-stream is replaced",
    "care/care removed: aws_vpc_security_group_egress_rule aws_vpc_security_group_egress_rule.messaging-stream_to-dynamodb_78690996 is replaced, because security_group_id",
    "care/care unproven: policy of aws_vpc_endpoint.",
  ],
  "a table with other keys, or a local index": [
    "blocked/blocked lost-table: Table cruddur-messages is replaced: it is deleted with all its items and recreated empty, because hash_key, range_key can't be updated in place.",
    "blocked/blocked lost-table: Table Users is replaced: it is deleted with all its items and recreated empty, because local_secondary_index can't be updated in place.",
    "blocked/blocked trigger-change: The trigger is replaced",
    "care/care unproven: permissions_boundary of aws_iam_role.",
    "care/care unproven: policy of aws_iam_role_policy.",
    "care/care unproven: policy of aws_vpc_endpoint.",
  ],
  "a table that the code no longer has, and one that Terraform is to forget": [
    "blocked/blocked lost-table: Table replicated is removed from Terraform's state: it stays in AWS",
    "blocked/blocked lost-table: Table Users is deleted with all its items, because it is no longer in the code.",
  ],
  "a rename in code": [
    "blocked/blocked rename: aws_cloudwatch_metric_alarm.messaging-stream_alarms_errors_68B256BF is deleted and recreated as aws_cloudwatch_metric_alarm.failures_68B256BF (messaging-dev/messaging-stream/alarms/errors).",
    "blocked/blocked rename: aws_dynamodb_table.users-table_CD9EEDAB is deleted and recreated as aws_dynamodb_table.people-table_CD9EEDAB",
    "care/care unproven: policy of aws_vpc_endpoint.",
  ],
  "guards, key, replica, capacity, time to live": [
    "blocked/care guard-off: Deletion protection of table cruddur-messages is turned off",
    "blocked/care guard-off: Point-in-time recovery of table cruddur-messages is shortened from 35 to 7 days",
    "blocked/care guard-off: Point-in-time recovery of table Users is turned off: its continuous backups are deleted.",
    "blocked/none guard-off: Users has no prevent_destroy",
    "blocked/care encryption-change: The encryption of table cruddur-messages changes from the key arn:aws:kms:",
    "blocked/care encryption-change: The encryption of table Users changes from the key arn:aws:kms:",
    "blocked/blocked encryption-change: KMS key arn:aws:kms:",
    "blocked/blocked replica-removed: The replica of table replicated in eu-west-1 is deleted.",
    "care/care capacity-change: The write capacity of table Users is lowered from 5 to 2 units per second.",
    "care/care time-to-live: Time to live of table cruddur-messages is turned on, with attribute expires: items will expire.",
    "care/care time-to-live: The time to live attribute of table replicated changes from expires to gone_at: items will expire.",
    "care/care removed: aws_kms_alias alias/cruddur-messaging is deleted.",
    "care/care removed: aws_kms_key_policy aws_kms_key_policy.key_policy_55EBA191 is deleted.",
  ],
  "billing flipped, both ways": [
    "care/care capacity-change: Table cruddur-messages changes from on-demand to provisioned, with 5 read and 5 write units per second.",
    "care/care capacity-change: Table Users changes from provisioned to on-demand",
  ],
  "an on-demand limit, and a key of one's own": [
    "care/care encryption-change: The encryption of table replicated changes from",
    "care/care capacity-change: The on-demand read limit of table cruddur-messages changes from 4000 units per second to 100 units per second.",
    "care/care capacity-change: The on-demand read limit of index message-group-sk-index of table cruddur-messages changes from 4000 units per second to 100 units per second.",
    "care/care unproven: global_secondary_index.on_demand_throughput.max_write_request_units of aws_dynamodb_table.messages-table_E0D1F6EA can't be checked",
  ],
  "indexes removed, recreated, and several at once; a stream of another kind": [
    "blocked/blocked index-change: Index message-group-sk-index of table cruddur-messages is removed.",
    "blocked/blocked index-change: Index by-a of table replicated is recreated: projected attributes from [x, y] to [x].",
    "blocked/blocked index-change: Index by-b of table replicated is recreated: range_key from none to a.",
    "blocked/blocked stream-change: The stream of table cruddur-messages is replaced: its view type changes from NEW_IMAGE to NEW_AND_OLD_IMAGES. This breaks aws_lambda_event_source_mapping.messaging-stream_trigger_3EDE544D (replace).",
    "blocked/blocked trigger-change: The trigger is replaced, because event_source_arn",
    "care/care index-change: 2 indexes of table replicated are created, removed or recreated in one apply.",
    "care/care index-change: 2 indexes of table Users are created, removed or recreated in one apply.",
    "care/care unproven: policy of aws_iam_role_policy.",
  ],
  "a stream turned off, though its mapping shows no change": [
    "blocked/blocked stream-change: The stream of table cruddur-messages is turned off. This breaks aws_lambda_event_source_mapping.messaging-stream_trigger_3EDE544D (no change shown).",
    "care/care unproven: policy of aws_iam_role_policy.",
  ],
  "a trigger disabled, unbounded, unsplit, with a wider filter, its function held": [
    "blocked/blocked trigger-change: The trigger is disabled",
    "blocked/care trigger-change: The maximum number of retries is removed",
    "blocked/care trigger-change: The maximum age of records is removed",
    "blocked/blocked trigger-change: The reserved concurrency of function cruddur-messaging-stream becomes 0",
    "care/care trigger-change: A failing batch is no longer split",
    "care/care trigger-change: The trigger's filter accepts more records",
  ],
  "a trigger with a narrower filter, another queue, and failures that it ignores": [
    "blocked/blocked trigger-change: Lambda ignores batchItemFailures",
    "blocked/blocked trigger-change: The trigger's filter accepts fewer records",
    "care/care trigger-change: Records that can't be processed go to another queue",
  ],
  "a trigger recreated at LATEST, without a queue for failures; the endpoint recreated": [
    "blocked/blocked trigger-change: The trigger is replaced, because starting_position can't be updated in place. The new one starts at LATEST",
    "blocked/blocked trigger-change: The trigger loses its dead-letter queue",
    "blocked/blocked trigger-change: The starting position becomes LATEST",
    "blocked/blocked endpoint-change: The VPC endpoint for com.amazonaws.ca-central-1.dynamodb is replaced, because service_name can't be updated in place.",
  ],
  "no route, no key, no filter": [
    "blocked/blocked encryption-change: KMS key arn:aws:kms:",
    "blocked/blocked endpoint-change: Route table rtb-",
    "care/care trigger-change: The trigger's filter accepts more records",
  ],
  "wildcards in policies of a role, an endpoint, a queue, a key, a table": [
    "blocked/blocked policy-wider: policy of aws_dynamodb_resource_policy.open newly allows dynamodb:GetItem on * for *.",
    "blocked/blocked policy-wider: assume_role_policy of aws_iam_role.messaging-stream_role_1E7E35F4 newly allows sts:AssumeRole for *.",
    "blocked/blocked policy-wider: policy of aws_iam_role_policy.messaging-stream_role_policy_7DEC4462 newly allows dynamodb:* on arn:aws:dynamodb:ca-central-1:111111111111:table/cruddur-messages.",
    "blocked/blocked policy-wider: policy of aws_iam_role_policy.messaging-stream_role_policy_7DEC4462 newly allows dynamodb:GetItem on *.",
    "blocked/blocked policy-wider: policy of aws_kms_key_policy.key_policy_55EBA191 newly allows kms:Decrypt on * for *.",
    "blocked/blocked policy-wider: policy of aws_sqs_queue.messaging-stream_dead-letters_queue_3F8E3E19 newly allows sqs:ReceiveMessage on * for *.",
    "blocked/blocked policy-wider: policy of aws_vpc_endpoint.dynamodb-endpoint_7FE8AA4A newly allows dynamodb:Query on arn:aws:dynamodb:ca-central-1:111111111111:table/cruddur-messages/index/message-group-sk-index for *, without the former conditions.",
    "blocked/blocked grant-added: The managed policy arn:aws:iam::aws:policy/AdministratorAccess is attached to cruddur-messaging-stream.",
  ],
  "an action, a principal or a policy more; a Deny less": [
    "care/care policy-wider: assume_role_policy of aws_iam_role.messaging-stream_role_1E7E35F4 newly allows sts:AssumeRole for Service:pipes.amazonaws.com.",
    "care/care policy-wider: policy of aws_iam_role_policy.messaging-stream_role_policy_7DEC4462 newly allows dynamodb:GetItem on arn:aws:dynamodb:ca-central-1:111111111111:table/cruddur-messages.",
    "care/care policy-wider: policy of aws_iam_role_policy.messaging-stream_role_policy_7DEC4462 newly allows ec2:DescribeVpcs on *.",
    "care/care policy-wider: policy of aws_iam_role_policy.messaging-stream_role_policy_7DEC4462 no longer denies ec2:AssignPrivateIpAddresses",
    "care/care policy-wider: policy of aws_iam_role_policy.second newly allows sqs:GetQueueUrl on arn:aws:sqs:ca-central-1:111111111111:other.",
    "care/care policy-wider: policy of aws_sqs_queue.messaging-stream_dead-letters_queue_3F8E3E19 newly allows sqs:ReceiveMessage on * for AWS:111111111111.",
    "care/care policy-wider: policy of aws_sqs_queue.messaging-stream_dead-letters_queue_3F8E3E19 no longer denies sqs:* on * for *, under conditions.",
    "care/care grant-added: events.amazonaws.com is allowed lambda:InvokeFunction on function cruddur-messaging-stream.",
  ],
  "the state bucket and its key": [
    "blocked/care backup-off: Versioning of cruddur-messaging-dev-state",
    "blocked/blocked state-bucket-change: The encryption key of the state bucket is changed.",
    "blocked/blocked state-bucket-change: The encryption key of the state bucket is changed.",
    "blocked/blocked state-bucket-change: The versioning of the state bucket is changed.",
    "care/care protection-off: The rotation of the key of aws_kms_key.",
  ],
  "an alarm on another metric in its place, and logs of a day": [
    "care/care nobody-told: Alarm cruddur-messaging-stream-errors is deleted",
    "care/care nobody-told: The time for which logs are kept of /aws/lambda/cruddur-messaging-stream is lowered from 14 to 1 days.",
  ],
  "what is known only after apply": [
    "care/care unproven: server_side_encryption.kms_key_arn of aws_dynamodb_table.users-table_CD9EEDAB can't be checked: known only after apply.",
    "care/care unproven: policy of aws_iam_role_policy.messaging-stream_role_policy_7DEC4462 can't be checked: known only after apply.",
  ],
};

describeWith(["terraform", "python"], "plans of real changes, over a deployed environment", () => {
  let here: DeployedEnvironment;
  const plans = new Map<string, StackPlan>();

  beforeAll(async () => {
    here = await DeployedEnvironment.deploy(literal, addReplicatedTable);
    const planned = Object.entries(changes).map(async ([name, change]) => {
      plans.set(name, await here.plan(change));
    });
    await Promise.all(planned);
  }, PATIENCE);
  afterAll(() => here.stop());

  const review = (name: keyof typeof changes, isProtected: boolean) => {
    const plan = plans.get(name);
    if (!plan) throw new Error(`${name} was not planned`);
    const environment = { ...here.environment, protected: isProtected };
    return reviewPlan(planFromStacks([plan]), { name: "dev", environment, refused: plan.refused });
  };

  async function findings(name: keyof typeof changes): Promise<string[]> {
    const [there, elsewhere] = [await review(name, true), await review(name, false)];
    return there.findings
      .filter(({ what }) => !what.includes(" has no prevent_destroy") || name.startsWith("guards"))
      .map((finding) => {
        const same = elsewhere.findings.find(({ what }) => what === finding.what);
        return `${finding.level}/${same?.level ?? "none"} ${finding.rule}: ${finding.what}`;
      });
  }

  test.each(Object.entries(expected) as [HarmfulChange, readonly string[]][])("%s", async (name, parts) => {
    expect(await findings(name)).toEqual(parts.map((part): unknown => expect.stringContaining(part)));
  });

  test("every rule is seen with each level that it declares, and with no other", async () => {
    const seen = new Set<string>();
    for (const name of Object.keys(changes) as (keyof typeof changes)[]) {
      const [there, elsewhere] = [await review(name, true), await review(name, false)];
      for (const { rule, level, what } of there.findings) {
        const same = elsewhere.findings.find((finding) => finding.what === what);
        if (same) seen.add(`${rule} ${level}/${same.level}`);
      }
    }
    const declared = allRules
      .filter(({ name }) => !provenRules.has(name))
      .flatMap(({ name, finds }) =>
        finds.map(({ level }) => `${name} ${level.protected}/${level.elsewhere}`),
      );
    const seenHere = [...seen].filter((one) => !provenRules.has(one.split(" ")[0] ?? ""));
    expect(seenHere.sort()).toEqual([...declared].sort());
  });

  describe("a setting does what its doc comment says of a change", () => {
    const actions = (name: keyof typeof changes) =>
      (plans.get(name)?.json.resource_changes ?? []).map(({ type, change }) => [type, change.actions.join()]);
    const valueIn = (environment: unknown, path: string) =>
      path.split(".").reduce<unknown>((inner, key) => {
        const values = (inner ?? {}) as Record<string, unknown>;
        // Of what has a name, the first.
        return key === NAME ? Object.values(values)[0] : values[key];
      }, environment);

    test("in place: nothing is deleted or replaced", () => {
      const inPlace = readSettings()
        .filter(({ change, path }) => /^In place[.;:]/.test(change) && !path.endsWith(".mode"))
        // Autoscaling is tried in scaled-tables.test.ts.
        .filter(({ where }) => where !== 'kind: "existing"' && where !== 'mode: "autoscaled"')
        .map(({ path }) => path.replace(/^tables\.\w+/, "tables.<table>"));
      const isChanged = (path: string) =>
        ["messages", "users"].some((table) => {
          const [before, after] = [literal, changedInPlace].map((environment) =>
            JSON.stringify(valueIn(environment, path.replace("<table>", table))),
          );
          return before !== after;
        });
      expect(inPlace.length).toBeGreaterThan(15);
      expect(inPlace.filter((path) => !isChanged(path))).toEqual([]);
      const done = new Set(actions("every setting that is changed in place").map(([, action]) => action));
      // What is turned on is made.
      expect([...done].sort()).toEqual(["create", "no-op", "update"]);
    });

    test("another address range replaces the network and the endpoint, and leaves the tables alone", () => {
      const replaced = actions("another address range")
        .filter(([, action]) => action?.includes("delete"))
        .map(([type]) => type);
      expect(replaced).toEqual(expect.arrayContaining(["aws_vpc", "aws_subnet", "aws_vpc_endpoint"]));
      expect(replaced.filter((type) => /dynamodb_table|kms|sqs|lambda/.test(type ?? ""))).toEqual([]);
    });
  });

  test("a table that Terraform refuses to destroy", async () => {
    const found = await findings("tables under another name, guarded");
    expect(plans.get("tables under another name, guarded")?.refused).toHaveLength(2);
    expect(found.filter((one) => one.includes("prevented-destroy"))).toEqual([
      expect.stringMatching(
        /^blocked\/blocked prevented-destroy: aws_dynamodb_table\.messages-table_\w+ has prevent_destroy, but would be replaced, because name can't be updated in place\.$/,
      ),
      expect.stringMatching(
        /^blocked\/blocked prevented-destroy: aws_dynamodb_table\.users-table_\w+ has prevent_destroy/,
      ),
    ]);
    expect(found.filter((one) => one.includes("lost-table"))).toHaveLength(2);
  });

  test("a rename in code is found with the move that makes it safe", async () => {
    const { findings } = await review("a rename in code", true);
    expect(findings[0]?.instead).toContain(
      'resource.moveFromId("aws_cloudwatch_metric_alarm.messaging-stream_alarms_errors_68B256BF")',
    );
    const document = await review("the rename as a move", false);
    expect(document).toMatchObject({ verdict: "safe", summary: { move: 2 } });
    expect(document.resources.find(({ type }) => type === "aws_dynamodb_table")).toMatchObject({
      action: "move",
      address: "aws_dynamodb_table.people-table_CD9EEDAB",
      previousAddress: "aws_dynamodb_table.users-table_CD9EEDAB",
    });
  });

  test("what is secret is in no form of the review, and what hides behind it is unproven", async () => {
    const document = await review("secrets", true);
    const everything = JSON.stringify(document) + textReport(document) + markdownReport(document);
    for (const secret of SECRETS) expect(everything).not.toContain(secret);
    expect(everything).toContain("environment.variables.DB_PASSWORD: (hidden)");
    expect(everything).toContain("environment.variables.LEVEL");
    expect(document.findings.map(({ what }) => what)).toEqual([
      "The environment of cruddur-messaging-stream loses MESSAGES_TABLE_NAME.",
      expect.stringMatching(/^policy of aws_vpc_endpoint\..* can't be checked: marked sensitive\.$/),
    ]);
  });

  test("harmless changes together are safe, each of them is told, and the rewritten ones as such", async () => {
    const document = await review("everything harmless", true);
    expect(document).toMatchObject({ verdict: "safe", findings: [] });
    const told = (type: string) =>
      document.resources
        .filter((one) => one.type === type)
        .flatMap(({ differences }) => differences.map(({ attribute }) => attribute));
    expect(told("aws_dynamodb_table")).toEqual(
      expect.arrayContaining(["tags.team", "global_secondary_index[by-title]", "ttl.enabled"]),
    );
    expect(told("aws_dynamodb_table").filter((attribute) => attribute.includes("by-a"))).toEqual([]);
    expect(told("aws_lambda_event_source_mapping")).toEqual([
      "batch_size",
      "maximum_retry_attempts",
      "parallelization_factor",
    ]);
    expect(told("aws_iam_role_policy")).toEqual([]);
  });
});
