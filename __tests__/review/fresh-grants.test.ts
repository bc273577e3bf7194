import { expect, test } from "@jest/globals";
import { planFromJson } from "../../review/plan/plan.ts";
import { reviewPlan } from "../../review/review-plan.ts";
import { changeOf, planOf } from "./synthetic-plan.ts";

/** The findings about resources that are created, as "level rule: what". */
async function reviewed(...resources: readonly [type: string, values: object][]): Promise<string[]> {
  const created = resources.map(([type, values]) => changeOf(type, "new", "create", null, values));
  const { findings } = await reviewPlan(planFromJson([planOf(...created)]), { name: "new" });
  return findings.map(({ level, rule, what }) => `${level} ${rule}: ${what}`);
}

const policy = (Action: string, Resource: string) =>
  JSON.stringify({ Statement: { Effect: "Allow", Action, Resource } });

const role: [string, object] = ["aws_iam_role", { name: "r" }];
const roleMay = (Action: string, Resource: string): [string, object] => [
  "aws_iam_role_policy",
  { name: "p", role: "r", policy: policy(Action, Resource) },
];
const attached = (policy_arn: string): [string, object] => [
  "aws_iam_role_policy_attachment",
  { role: "r", policy_arn },
];

test("a new role may have named actions and resources", async () => {
  const table = "arn:aws:dynamodb:ca-central-1:111111111111:table/t";
  expect(await reviewed(role, roleMay("dynamodb:GetItem", table))).toEqual([]);
  expect(await reviewed(role, roleMay("ec2:DescribeSubnets", "*"))).toEqual([]);
  expect(
    await reviewed(role, attached("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")),
  ).toEqual([]);
});

test.each([
  ["an action with a wildcard", roleMay("dynamodb:*", "arn:aws:dynamodb:ca-central-1:111111111111:table/t")],
  ["every resource", roleMay("dynamodb:GetItem", "*")],
  ["the tables of every account", roleMay("dynamodb:GetItem", "arn:aws:dynamodb:*:*:table/*")],
  ["all actions of AWS", attached("arn:aws:iam::aws:policy/AdministratorAccess")],
  ["all actions of a service", attached("arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess")],
])("a new role may not have %s", async (_, grant) => {
  expect(await reviewed(role, grant)).toEqual([
    expect.stringMatching(/^blocked (policy-wider|grant-added): /),
  ]);
});

test("a new policy on an existing role is a widening", async () => {
  expect(await reviewed(roleMay("sqs:SendMessage", "arn:aws:sqs:ca-central-1:111111111111:q"))).toEqual([
    expect.stringMatching(/^care policy-wider: /),
  ]);
});
