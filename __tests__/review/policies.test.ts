import { runSimulation } from "@cloud-copilot/iam-simulate";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { patternCovers, patternsOverlap } from "../../review/policy/pattern.ts";
import { parsePolicy, type Statement } from "../../review/policy/statement.ts";
import { type Widening, findWidenings } from "../../review/policy/widening.ts";

const read = (...statements: readonly object[]): readonly Statement[] =>
  parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement: statements })) ?? [];

const between = (before: readonly object[], after: readonly object[]): Widening[] =>
  findWidenings(read(...before), read(...after));

const allow = (Action: unknown, Resource: unknown = "arn:a", rest?: object) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...rest,
});
const deny = (Action: unknown, Resource: unknown = "*", rest?: object) => ({
  ...allow(Action, Resource, rest),
  Effect: "Deny",
});
const when = (operator: string, key: string, ...values: readonly string[]) => ({
  Condition: { [operator]: { [key]: values } },
});
const allowIf = (operator: string, ...values: readonly string[]) =>
  allow("s:A", "x", when(operator, "k", ...values));
const allowFor = (Principal: unknown) => allow("s:A", "x", { Principal });
const allowAllBut = (NotAction: unknown) => ({ Effect: "Allow", NotAction, Resource: "*" });

type Case = readonly [what: string, before: readonly object[], after: readonly object[]];

test.each<Case>([
  [
    "another order and grouping of statements",
    [allow(["s:A", "s:B"], ["x", "y"])],
    [allow("s:B", "y"), allow("s:B", "x"), allow("s:A", ["y", "x"])],
  ],
  ["another case of actions", [allow("S:getitem")], [allow("s:GetItem")]],
  ["a single text instead of a list", [allow(["s:A"])], [allow("s:A")]],
  [
    "what a wildcard covers",
    [allow("s:Get*", "*")],
    [allow("s:GetItem", "arn:x"), allow("s:Get?tem*", "arn:*")],
  ],
  ["what NotAction covers", [allowAllBut("s:Put*")], [allow("s:GetItem", "arn:x")]],
  ["more actions excluded by NotAction", [allowAllBut("s:Put")], [allowAllBut(["s:Put*"])]],
  [
    "an account as its number and as its root",
    [allowFor({ AWS: "111111111111" })],
    [allowFor({ AWS: "arn:aws:iam::111111111111:root" })],
  ],
  [
    "an account as its number and as its root, in another partition",
    [allowFor({ AWS: "111111111111" })],
    [allowFor({ AWS: "arn:aws-cn:iam::111111111111:root" })],
  ],
  [
    "a role of an account that is allowed",
    [allowFor({ AWS: "111111111111" })],
    [allowFor({ AWS: "arn:aws:iam::111111111111:role/r" })],
  ],
  ["everyone, written both ways", [allowFor("*")], [allowFor({ AWS: "*" })]],
  ["an added condition", [allow("s:A", "x")], [allowIf("StringEquals", "1")]],
  ["a removed value", [allowIf("StringEquals", "1", "2")], [allowIf("StringEquals", "2")]],
  [
    "an added value that is excluded",
    [allowIf("StringNotEquals", "1")],
    [allowIf("StringNotEquals", "1", "2")],
  ],
  ["a narrower ArnLike", [allowIf("ArnLike", "arn:*")], [allowIf("ArnLike", "arn:x*")]],
  ["an added Deny", [allow("s:A")], [allow("s:A"), deny("s:*")]],
  ["what is allowed and denied at the same time", [allow("s:A")], [allow(["s:A", "s:B"]), deny("s:B")]],
  ["a wider Deny", [deny("s:A", "x")], [deny("s:*", "*")]],
  ["a Deny under fewer conditions", [deny("s:A", "x", when("Bool", "k", "false"))], [deny("s:A", "x")]],
])("not wider is %s", (_, before, after) => {
  expect(between(before, after)).toEqual([]);
});

test.each<Case>([
  ["an added action", [allow("s:A")], [allow(["s:A", "s:B"])]],
  ["a wildcard instead of an action", [allow("s:GetItem")], [allow("s:Get*")]],
  ["an added resource", [allow("s:A", "x")], [allow("s:A", ["x", "y"])]],
  ["a wildcard instead of a resource", [allow("s:A", "x")], [allow("s:A", "*")]],
  ["an added principal", [allowFor({ Service: "a" })], [allowFor({ Service: ["a", "b"] })]],
  ["NotAction instead of actions", [allow(["s:A", "s:B"], "*")], [allowAllBut("s:C")]],
  ["an action less in NotAction", [allowAllBut(["s:A", "s:B"])], [allowAllBut("s:A")]],
  ["a removed condition", [allowIf("StringEquals", "1")], [allow("s:A", "x")]],
  ["an added value", [allowIf("StringEquals", "1")], [allowIf("StringEquals", "1", "2")]],
  ["an excluded value less", [allowIf("StringNotLike", "1", "2")], [allowIf("StringNotLike", "1")]],
  [
    "a condition that accepts a missing key",
    [allowIf("StringEquals", "1")],
    [allowIf("StringEqualsIfExists", "1")],
  ],
  ["a removed Deny", [allow("s:*", "*"), deny("s:A")], [allow("s:*", "*")]],
  ["a narrower Deny", [deny("s:*")], [deny("s:A")]],
  ["a Deny under a condition", [deny("s:A", "x")], [deny("s:A", "x", when("Bool", "k", "false"))]],
  ["crossed pairs", [allow("s:A", "x"), allow("s:B", "y")], [allow(["s:A", "s:B"], ["x", "y"])]],
])("wider is %s", (_, before, after) => {
  expect(between(before, after)).not.toEqual([]);
});

const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 6 });
const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 6 });
const matches = (wildcards: string, given: string) =>
  new RegExp(`^${wildcards.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(given);

test("a pattern covers another only if it matches every text that the other matches", () => {
  fc.assert(
    fc.property(pattern, pattern, text, (wide, narrow, given) => {
      fc.pre(patternCovers(wide, narrow) && matches(narrow, given));
      return matches(wide, given);
    }),
  );
});

test("patterns that don't overlap have no matching text in common", () => {
  fc.assert(
    fc.property(
      pattern,
      pattern,
      text,
      (one, other, given) => patternsOverlap(one, other) || !(matches(one, given) && matches(other, given)),
    ),
  );
});

const TABLES = ["a", "b"].map((name) => `arn:aws:dynamodb:ca-central-1:111111111111:table/${name}`);
const ACTIONS = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"];

/** Policies of a role, so small that every possible request can be tried. */
const policies = fc.array(
  fc.record({
    Effect: fc.constantFrom("Allow", "Allow", "Deny"),
    part: fc.constantFrom("Action", "NotAction"),
    actions: fc.subarray([...ACTIONS, "dynamodb:*", "dynamodb:*Item"], { minLength: 1 }),
    resourcePart: fc.constantFrom("Resource", "Resource", "NotResource"),
    resources: fc.subarray([...TABLES, "*", "arn:aws:dynamodb:*:*:table/a*"], { minLength: 1 }),
    region: fc.constantFrom(undefined, "StringEquals", "StringNotEquals", "StringLike"),
    regions: fc.subarray(["ca-central-1", "eu-*"], { minLength: 1 }),
  }),
  { minLength: 1, maxLength: 3 },
);

type Drawn = typeof policies extends fc.Arbitrary<infer T> ? T : never;

const written = (drawn: Drawn) =>
  drawn.map(({ Effect, part, actions, resourcePart, resources, region, regions }) => ({
    Effect,
    [part]: actions,
    [resourcePart]: resources,
    ...(region !== undefined && when(region, "aws:RequestedRegion", ...regions)),
  }));

async function isAllowed(statements: readonly object[], action: string, resource: string, region: string) {
  const result = await runSimulation(
    {
      identityPolicies: [{ name: "p", policy: { Version: "2012-10-17", Statement: statements } }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      request: {
        principal: "arn:aws:iam::111111111111:role/r",
        action,
        resource: { resource, accountId: "111111111111" },
        contextVariables: { "aws:RequestedRegion": region },
      },
    },
    {},
  );
  if (result.resultType === "error") throw new Error(JSON.stringify(result));
  return result.overallResult === "Allowed";
}

test("if no widening is found, IAM allows no request that it didn't allow before", async () => {
  await fc.assert(
    fc.asyncProperty(policies, policies, async (drawnBefore, drawnAfter) => {
      const [before, after] = [written(drawnBefore), written(drawnAfter)];
      fc.pre(between(before, after).length === 0);
      for (const action of ACTIONS)
        for (const resource of TABLES)
          for (const region of ["ca-central-1", "eu-west-1", "us-east-1"])
            if (await isAllowed(after, action, resource, region))
              expect(await isAllowed(before, action, resource, region)).toBe(true);
    }),
    { numRuns: 150 },
  );
});
