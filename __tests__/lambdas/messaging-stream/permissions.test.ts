import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { runSimulation } from "@cloud-copilot/iam-simulate";
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { handleBatch } from "../../../lambdas/messaging-stream/handle-batch.ts";
import { ConversationCache } from "../../../lambdas/messaging-stream/conversation-cache.ts";
import type { EmbeddedAws } from "../../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import { prodLiteral } from "../../support/environments.ts";
import { createMessagesTable } from "../../support/messages-table.ts";
import { type Call, recording } from "../../support/recording-client.ts";
import { describeWith } from "../../support/requirements.ts";
import { putPair, putRow } from "../../support/rows.ts";
import { batchOf } from "../../support/stream-records.ts";
import { type Statement, statementsIn, synthesizeMessaging } from "../../support/synthesized.ts";

const ACCOUNT = "123456789012";
const tableArn = (name: string) => `arn:aws:dynamodb:ca-central-1:${ACCOUNT}:table/${name}`;
const TABLE = tableArn("cruddur-messages");

/** The statements of a synthesized policy, with its expressions resolved. */
function deployed(policy: unknown): Statement[] {
  const text = JSON.stringify(statementsIn(policy as string))
    .replaceAll(/\$\{aws_dynamodb_table\.messages-table_\w+\.arn\}/g, TABLE)
    .replaceAll(/\$\{aws_dynamodb_table\.messages-table_\w+\.stream_arn\}/g, `${TABLE}/stream/2026`)
    .replaceAll(/\$\{aws_dynamodb_table\.users-table_\w+\.arn\}/g, tableArn("Users"))
    .replaceAll(/\$\{element\(split\([^}]*\}/g, ACCOUNT)
    .replaceAll(/\$\{aws_(\w+)\.[^}]*\.arn\}/g, `arn:aws:$1:ca-central-1:${ACCOUNT}:it`);
  return JSON.parse(text) as Statement[];
}

const stack = synthesizeMessaging(prodLiteral);
const rolePolicy = deployed(stack.one("aws_iam_role_policy")["policy"]);
const endpointPolicy = deployed(stack.one("aws_vpc_endpoint")["policy"]);

type Times = [string, string, string];

/** An action on a resource that IAM authorizes. */
interface Need {
  readonly action: string;
  readonly resource: string;
}

/** Permissions that a call needs; a transaction needs those of its actions. */
function needsOf(call: Call): Need[] {
  if (!(call instanceof QueryCommand))
    return (call.input.TransactItems ?? [])
      .flatMap((item) => Object.keys(item))
      .map((write) => ({ action: `dynamodb:${write}Item`, resource: TABLE }));
  const { IndexName } = call.input;
  return [
    { action: "dynamodb:Query", resource: IndexName === undefined ? TABLE : `${TABLE}/index/${IndexName}` },
  ];
}

async function isAllowed(
  { action, resource }: Need,
  role: readonly Statement[],
  endpoint: readonly Statement[],
  account = ACCOUNT,
): Promise<boolean> {
  const policy = (Statement: readonly Statement[]) => ({
    name: "policy",
    policy: { Version: "2012-10-17", Statement },
  });
  const result = await runSimulation(
    {
      request: {
        principal: `arn:aws:sts::${account}:assumed-role/cruddur-messaging-stream/cruddur-messaging-stream`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { "aws:PrincipalAccount": account },
      },
      identityPolicies: [policy(role)],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      vpcEndpointPolicies: [policy(endpoint)],
    },
    {},
  );
  if (result.resultType === "error") throw new Error(JSON.stringify(result.errors));
  return result.overallResult === "Allowed";
}

const without = (statements: readonly Statement[], { action, resource }: Need) =>
  statements
    .map((statement) =>
      statement.Resource === resource
        ? { ...statement, Action: [statement.Action].flat().filter((a) => a !== action) }
        : statement,
    )
    .filter(({ Action }) => Action.length > 0);

describeWith(["python"], "the function's permissions", () => {
  let aws: EmbeddedAws;
  let needs: Need[];
  jest.spyOn(process.stdout, "write").mockReturnValue(true);

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    const store = await createMessagesTable(aws, "messages");
    const { client, calls } = recording(store.client);
    const handle = (conversation: string, time: string) =>
      handleBatch(
        { client, tableName: store.tableName, known: new ConversationCache() },
        batchOf({ conversation, sender: "a", time }),
        { getRemainingTimeInMillis: () => 30_000 },
      );
    const [T1, T2, T3] = ["10:00:01Z", "10:00:02Z", "10:00:03Z"].map((time) => `2026-03-01T${time}`) as Times;
    await putPair(store, "plain", ["a", "b"], T1);
    await handle("plain", T2);
    await putPair(store, "twice", ["a", "b"], T3);
    await putRow(store, { conversation: "twice", member: "a", other: "b", time: T1 });
    await handle("twice", T3);
    await putPair(store, "three", ["d", "e"], T1);
    await putRow(store, { conversation: "three", member: "f", other: "e", time: T1 });
    await handle("three", T2);
    await handle("nowhere", T1);
    const unique = new Map(calls.flatMap(needsOf).map((need) => [JSON.stringify(need), need]));
    needs = [...unique.values()];
  });
  afterAll(() => aws.stop());

  test("contain nothing that no call needed", () => {
    const granted = rolePolicy
      .filter(({ Sid }) => Sid.startsWith("Messages") || Sid.startsWith("Users"))
      .flatMap(({ Action, Resource }) =>
        [Action].flat().map((action) => ({ action, resource: String(Resource) })),
      );
    const sorted = (list: readonly Need[]) => list.map((need) => JSON.stringify(need)).sort();
    expect(sorted(granted)).toEqual(sorted(needs));
  });

  test("allow every call that it made; without any of them, in either policy, the call is denied", async () => {
    for (const need of needs) {
      expect([need, await isAllowed(need, rolePolicy, endpointPolicy)]).toEqual([need, true]);
      expect(await isAllowed(need, without(rolePolicy, need), endpointPolicy)).toBe(false);
      expect(await isAllowed(need, rolePolicy, without(endpointPolicy, need))).toBe(false);
    }
  });
});

describe("the endpoint", () => {
  const everything: Statement[] = [{ Sid: "All", Effect: "Allow", Action: "*", Resource: "*" }];
  const query = { action: "dynamodb:Query", resource: TABLE };

  test("allows principals of this account only", async () => {
    expect(await isAllowed(query, everything, endpointPolicy)).toBe(true);
    expect(await isAllowed(query, everything, endpointPolicy, "999999999999")).toBe(false);
  });

  test.each([
    ["another table", { action: "dynamodb:Query", resource: tableArn("other") }],
    ["another index", { action: "dynamodb:Query", resource: `${TABLE}/index/other` }],
    ["an action that no access pattern has", { action: "dynamodb:Scan", resource: TABLE }],
    ["the end of a table", { action: "dynamodb:DeleteTable", resource: TABLE }],
  ])("does not let through %s", async (_, need) => {
    expect(await isAllowed(need, everything, endpointPolicy)).toBe(false);
  });
});
