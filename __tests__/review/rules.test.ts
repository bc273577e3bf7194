import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { markdownReport } from "../../review/report/markdown-report.ts";
import { textReport } from "../../review/report/text-report.ts";
import { describeWith } from "../support/requirements.ts";
import {
  addReplicatedTable,
  allHarmless,
  type HarmfulChange,
  harmful,
  harmless,
  literal,
  moved,
  SECRETS,
} from "./changes.ts";
import { DeployedEnvironment, type RealPlan } from "./deployed-environment.ts";
import { judged } from "./judged.ts";

/** Deploying takes a minute or two, and so do the plans. */
const PATIENCE = 900_000;

describeWith(["terraform", "python"], "plans of real changes, over a deployed environment", () => {
  let here: DeployedEnvironment;
  const plans = new Map<HarmfulChange, RealPlan>();
  let harmlessPlan: RealPlan;
  let movedPlan: RealPlan;

  beforeAll(async () => {
    here = await DeployedEnvironment.deploy(literal, addReplicatedTable);
    const harm = Object.entries(harmful).map(async ([name, change]) => {
      plans.set(name as HarmfulChange, await here.plan(change));
    });
    [harmlessPlan, movedPlan] = await Promise.all([here.plan(allHarmless), here.plan(moved), ...harm]);
  }, PATIENCE);
  afterAll(() => here.stop());

  const review = (plan: RealPlan, isProtected: boolean) =>
    judged(plan, { ...here.environment, protected: isProtected });

  function planOf(name: HarmfulChange): RealPlan {
    const plan = plans.get(name);
    if (!plan) throw new Error(`${name} was not planned`);
    return plan;
  }

  /** Every finding of a change, as "level where protected/level elsewhere rule: what". */
  async function findings(name: HarmfulChange): Promise<string[]> {
    const plan = planOf(name);
    const [there, elsewhere] = [await review(plan, true), await review(plan, false)];
    return there.findings
      .filter(({ what }) => !what.includes(" is without prevent_destroy") || name === "guards off")
      .map((finding) => {
        const same = elsewhere.findings.find(({ what }) => what === finding.what);
        return `${finding.level}/${same?.level ?? "none"} ${finding.rule}: ${finding.what}`;
      });
  }

  async function expectFindings(name: HarmfulChange, expected: readonly string[]): Promise<void> {
    const found = await findings(name);
    for (const [place, one] of expected.entries()) expect(found[place]).toContain(one);
    expect(found).toHaveLength(expected.length);
  }

  describe("what is lost", () => {
    test("a table under another name, and what hangs on it", () =>
      expectFindings("other names", [
        "blocked/blocked lost-table: Table cruddur-messages is deleted with all its items and made anew, empty, since name can't be changed in place.",
        "blocked/blocked lost-table: Table Users is deleted with all its items and made anew, empty, since name can't",
        "blocked/blocked trigger-change: The trigger is deleted and made anew, since event_source_arn can't be changed in place. The new one begins at TRIM_HORIZON",
        "blocked/blocked trigger-change: Function cruddur-messaging-stream, which the trigger runs, is deleted and made anew, since function_name",
        "blocked/care trigger-change: The dead-letter queue cruddur-messaging-stream-dead-letters is deleted with what is in it",
        "care/care unproven: policy of aws_vpc_endpoint.",
      ]));

    test("a table with other keys, or a local index", () =>
      expectFindings("other keys", [
        "blocked/blocked lost-table: Table cruddur-messages is deleted with all its items and made anew, empty, since hash_key, range_key can't be changed in place.",
        "blocked/blocked lost-table: Table Users is deleted with all its items and made anew, empty, since local_secondary_index can't be changed in place.",
        "blocked/blocked trigger-change: The trigger is deleted and made anew",
        "care/care unproven: policy of aws_iam_role_policy.",
        "care/care unproven: policy of aws_vpc_endpoint.",
      ]));

    test("a table that the code no longer has, and one that Terraform is to forget", () =>
      expectFindings("tables taken out", [
        "blocked/blocked lost-table: Terraform is told to forget table replicated: it stays in AWS",
        "blocked/blocked lost-table: Table Users is deleted with all its items, since it is no longer in the code.",
      ]));

    test("a table that Terraform refuses to destroy", async () => {
      expect(planOf("guarded, under other names").refused).toHaveLength(2);
      const found = await findings("guarded, under other names");
      expect(found.filter((one) => one.includes("prevented-destroy"))).toEqual([
        expect.stringMatching(
          /^blocked\/blocked prevented-destroy: aws_dynamodb_table\.messages-table_\w+ has prevent_destroy, and would be deleted and made anew, since name can't be changed in place\.$/,
        ),
        expect.stringMatching(
          /^blocked\/blocked prevented-destroy: aws_dynamodb_table\.users-table_\w+ has prevent_destroy/,
        ),
      ]);
      expect(found.filter((one) => one.includes("lost-table"))).toHaveLength(2);
    });

    test("a rename in code, with what makes it a move", async () => {
      await expectFindings("renamed in code", [
        "blocked/blocked rename: aws_cloudwatch_metric_alarm.messaging-stream_alarms_errors_68B256BF is deleted, and the same is made anew as aws_cloudwatch_metric_alarm.failures_68B256BF (messaging-dev/messaging-stream/alarms/errors).",
        "blocked/blocked rename: aws_dynamodb_table.users-table_CD9EEDAB is deleted, and the same is made anew as aws_dynamodb_table.people-table_CD9EEDAB",
        "care/care unproven: policy of aws_vpc_endpoint.",
      ]);
      const {
        findings: [first],
      } = await review(planOf("renamed in code"), true);
      expect(first?.instead).toContain(
        'resource.moveFromId("aws_cloudwatch_metric_alarm.messaging-stream_alarms_errors_68B256BF")',
      );
    });

    test("the same rename as a move is safe", async () => {
      const document = await review(movedPlan, false);
      expect(document).toMatchObject({ verdict: "safe", summary: { move: 2 } });
      expect(document.resources.find(({ type }) => type === "aws_dynamodb_table")).toMatchObject({
        action: "move",
        address: "aws_dynamodb_table.people-table_CD9EEDAB",
        previousAddress: "aws_dynamodb_table.users-table_CD9EEDAB",
      });
    });
  });

  describe("a table run otherwise", () => {
    test("guards, key, replica, capacity, time to live", () =>
      expectFindings("guards off", [
        "blocked/care guard-off: Deletion protection of table cruddur-messages is turned off",
        "blocked/care guard-off: Point-in-time recovery of table cruddur-messages reaches back 7 days instead of 35",
        "blocked/care guard-off: Point-in-time recovery of table Users is turned off: its continuous backups are deleted.",
        "blocked/none guard-off: Users is without prevent_destroy",
        "blocked/care encryption-change: Table cruddur-messages is encrypted with a key that AWS owns instead of the key arn:aws:kms:",
        "blocked/care encryption-change: Table Users is encrypted with a key that AWS owns instead of the key arn:aws:kms:",
        "blocked/blocked encryption-change: KMS key arn:aws:kms:",
        "blocked/blocked replica-removed: The replica of table replicated in eu-west-1 is deleted.",
        "care/care capacity-change: The base of table Users takes 2 write units a second instead of 5.",
        "care/care time-to-live: Time to live of table cruddur-messages is turned on, by attribute expires: data will expire.",
        "care/care time-to-live: Items of table replicated expire by gone_at instead of expires: data will expire.",
      ]));

    test("billing flipped, both ways", () =>
      expectFindings("billing flipped", [
        "care/care capacity-change: Table cruddur-messages goes from on-demand to provisioned, with 5 read and 5 write units a second.",
        "care/care capacity-change: Table Users goes from provisioned to on-demand",
      ]));

    test("an on-demand limit", () =>
      expectFindings("limits changed", [
        "care/care capacity-change: Table cruddur-messages may use at most 100 read units a second on demand instead of at most 4000.",
      ]));

    test("indexes removed, made anew, and several at once; a stream of another kind", () =>
      expectFindings("indexes changed", [
        "blocked/blocked index-change: Index message-group-sk-index of table cruddur-messages is removed.",
        "blocked/blocked index-change: Index by-a of table replicated is removed and made anew: projected attributes from [x, y] to [x].",
        "blocked/blocked index-change: Index by-b of table replicated is removed and made anew: range_key from none to a.",
        "blocked/blocked stream-change: The stream of table cruddur-messages ends, and another begins: its view type goes from NEW_IMAGE to NEW_AND_OLD_IMAGES. It breaks aws_lambda_event_source_mapping.messaging-stream_trigger_3EDE544D (replace).",
        "blocked/blocked trigger-change: The trigger is deleted and made anew, since event_source_arn",
        "care/care index-change: 2 indexes are created or removed on table replicated in one apply.",
        "care/care index-change: 2 indexes are created or removed on table Users in one apply.",
        "care/care unproven: policy of aws_iam_role_policy.",
      ]));

    test("a stream turned off, though its mapping shows no change", () =>
      expectFindings("stream off", [
        "blocked/blocked stream-change: The stream of table cruddur-messages is turned off. It breaks aws_lambda_event_source_mapping.messaging-stream_trigger_3EDE544D (no change shown).",
        "care/care unproven: policy of aws_iam_role_policy.",
      ]));
  });

  describe("the trigger", () => {
    test("disabled, unbounded, unsplit, with a wider filter, its function held", () =>
      expectFindings("trigger loosened", [
        "blocked/blocked trigger-change: The trigger is disabled",
        "blocked/care trigger-change: The bound on retries is removed",
        "blocked/care trigger-change: The bound on the age of records is removed",
        "blocked/blocked trigger-change: Function cruddur-messaging-stream may run no instance at all",
        "care/care trigger-change: A failing batch is no longer split",
        "care/care trigger-change: The filter of the trigger lets through more records",
      ]));

    test("with a narrower filter, another queue for what fails, deaf to what the function reports", () =>
      expectFindings("trigger deaf", [
        "blocked/blocked trigger-change: Lambda no longer looks at batchItemFailures",
        "blocked/blocked trigger-change: The filter of the trigger lets through fewer records",
        "care/care trigger-change: What can't be processed goes to another queue",
      ]));

    test("made anew at LATEST, without a queue for what fails; the endpoint made anew", () =>
      expectFindings("trigger made anew", [
        "blocked/blocked trigger-change: The trigger is deleted and made anew, since starting_position can't be changed in place. The new one begins at LATEST",
        "blocked/blocked trigger-change: The trigger loses its dead-letter queue",
        "blocked/blocked trigger-change: The starting position becomes LATEST",
        "blocked/blocked endpoint-change: The endpoint to com.amazonaws.ca-central-1.dynamodb is deleted and made anew, since service_name can't be changed in place.",
      ]));

    test("cut off: no route, no key; no filter", () =>
      expectFindings("ways cut", [
        "blocked/blocked encryption-change: KMS key arn:aws:kms:",
        "blocked/blocked endpoint-change: Route table rtb-",
        "care/care trigger-change: The filter of the trigger lets through more records",
      ]));
  });

  describe("who may do what", () => {
    test("wildcards in policies of a role, an endpoint, a queue, a key, a table", () =>
      expectFindings("policies opened", [
        "blocked/blocked policy-wider: policy of aws_dynamodb_resource_policy.open newly allows dynamodb:GetItem on * for *.",
        "blocked/blocked policy-wider: assume_role_policy of aws_iam_role.messaging-stream_role_1E7E35F4 newly allows sts:AssumeRole for *.",
        "blocked/blocked policy-wider: policy of aws_iam_role_policy.messaging-stream_role_policy_7DEC4462 newly allows dynamodb:* on arn:aws:dynamodb:ca-central-1:111111111111:table/cruddur-messages.",
        "blocked/blocked policy-wider: policy of aws_iam_role_policy.messaging-stream_role_policy_7DEC4462 newly allows dynamodb:GetItem on *.",
        "blocked/blocked policy-wider: policy of aws_kms_key.key_F64E54E4 newly allows kms:Decrypt on * for *.",
        "blocked/blocked policy-wider: policy of aws_sqs_queue.messaging-stream_dead-letters_queue_3F8E3E19 newly allows sqs:ReceiveMessage on * for *.",
        "blocked/blocked policy-wider: policy of aws_vpc_endpoint.dynamodb-endpoint_7FE8AA4A newly allows dynamodb:Query on arn:aws:dynamodb:ca-central-1:111111111111:table/cruddur-messages/index/message-group-sk-index for *, without the conditions that bound it.",
        "blocked/blocked grant-added: cruddur-messaging-stream gets the managed policy arn:aws:iam::aws:policy/AdministratorAccess.",
      ]));

    test("an action, a principal or a policy more; a Deny less", () =>
      expectFindings("policies widened", [
        "care/care policy-wider: assume_role_policy of aws_iam_role.messaging-stream_role_1E7E35F4 newly allows sts:AssumeRole for Service:pipes.amazonaws.com.",
        "care/care policy-wider: policy of aws_iam_role_policy.messaging-stream_role_policy_7DEC4462 newly allows dynamodb:GetItem on arn:aws:dynamodb:ca-central-1:111111111111:table/cruddur-messages.",
        "care/care policy-wider: policy of aws_iam_role_policy.messaging-stream_role_policy_7DEC4462 newly allows ec2:DescribeVpcs on *.",
        "care/care policy-wider: policy of aws_iam_role_policy.messaging-stream_role_policy_7DEC4462 no longer denies ec2:AssignPrivateIpAddresses",
        "care/care policy-wider: policy of aws_iam_role_policy.second newly allows sqs:GetQueueUrl on arn:aws:sqs:ca-central-1:111111111111:other.",
        "care/care policy-wider: policy of aws_sqs_queue.messaging-stream_dead-letters_queue_3F8E3E19 newly allows sqs:ReceiveMessage on * for AWS:arn:aws:iam::111111111111:root.",
        "care/care policy-wider: policy of aws_sqs_queue.messaging-stream_dead-letters_queue_3F8E3E19 no longer denies sqs:* on * for *, under conditions.",
        "care/care grant-added: events.amazonaws.com may lambda:InvokeFunction the function cruddur-messaging-stream.",
      ]));
  });

  test("the state bucket and its key", () =>
    expectFindings("state touched", [
      "blocked/blocked state-bucket-change: The key of the state bucket is changed.",
      "blocked/blocked state-bucket-change: The versioning of the state bucket is changed.",
    ]));

  test("what is known only after apply", () =>
    expectFindings("known only later", [
      "care/care unproven: server_side_encryption.kms_key_arn of aws_dynamodb_table.users-table_CD9EEDAB will be known only after apply: unproven.",
      "care/care unproven: policy of aws_iam_role_policy.messaging-stream_role_policy_7DEC4462 will be known only after apply: unproven.",
    ]));

  test("what is secret is in no form of the review, and what hides behind it is unproven", async () => {
    const document = await review(planOf("secrets about"), true);
    const everything = JSON.stringify(document) + textReport(document) + markdownReport(document);
    for (const secret of SECRETS) expect(everything).not.toContain(secret);
    expect(everything).toContain("environment.variables.DB_PASSWORD: (hidden)");
    expect(everything).toContain("environment.variables.LEVEL");
    expect(document.findings.map(({ what }) => what)).toEqual([
      expect.stringMatching(
        /^policy of aws_vpc_endpoint\..* can't be seen, since marked sensitive: unproven\.$/,
      ),
    ]);
  });

  test(`${Object.keys(harmless).length} harmless changes together are safe, each of them is told, and the rewritten ones as such`, async () => {
    const document = await review(harmlessPlan, true);
    expect(document.findings).toEqual([]);
    expect(document.verdict).toBe("safe");
    const told = (type: string) =>
      document.resources
        .filter((one) => one.type === type)
        .flatMap(({ differences }) => differences.map(({ attribute }) => attribute));
    expect(told("aws_dynamodb_table")).toEqual(
      expect.arrayContaining([
        "tags.team",
        "replica[us-west-2]",
        "global_secondary_index[by-title]",
        "ttl.enabled",
      ]),
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
