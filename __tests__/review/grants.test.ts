import { expect, test } from "@jest/globals";
import { planFromJson } from "../../review/plan/plan.ts";
import { policyWider } from "../../review/rules/policy-wider.ts";
import { changeOf, noContext, planOf } from "./synthetic-plan.ts";

type Resource = readonly [type: string, values: object | null];

/** The findings of a plan, as "level what". */
async function found(...changes: readonly ReturnType<typeof changeOf>[]): Promise<string[]> {
  const findings = await policyWider.check(planFromJson([planOf(...changes)]), noContext);
  return findings.map(({ level, what }) => `${level.protected} ${what}`);
}

const created = (...resources: readonly Resource[]) =>
  found(...resources.map(([type, values]) => changeOf(type, "new", "create", null, values)));

const policyOf = (...Statement: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: unknown, rest: object) => ({ Effect: "Allow", Action, Resource: "*", ...rest });
const own = "111111111111";
const other = "222222222222";
const root = (account: string, partition = "aws") => ({ AWS: `arn:${partition}:iam::${account}:root` });
const table = `arn:aws:dynamodb:ca-central-1:${own}:table/t`;
const key = `arn:aws:kms:ca-central-1:${own}:key/k`;

/** A role of the new stack, with a statement. */
const roleMay = (Action: unknown, Resource: string): Resource[] => [
  ["aws_iam_role", { name: "r" }],
  ["aws_iam_role_policy", { role: "r", policy: policyOf(allow(Action, { Resource })) }],
];

test.each([
  ["reads all of a table", "dynamodb:Get*", table],
  ["creates data keys", "kms:GenerateDataKey*", key],
  ["encrypts anew", "kms:ReEncrypt*", key],
  ["lists what exists in EC2, which has no narrower resource", "ec2:Describe*", "*"],
  ["lists load balancers", "elasticloadbalancing:Describe*", "*"],
  ["reads all of an object", "s3:GetObject*", "arn:aws:s3:::b/*"],
])("a new role %s", async (_, action, resource) => {
  expect(await created(...roleMay(action, resource))).toEqual([]);
});

test.each([
  ["every action of a service", "s3:*", "arn:aws:s3:::b/*"],
  ["every action", "*", table],
  ["deletes", "dynamodb:Delete*", table],
  ["whatever begins so in KMS", "kms:D*", key],
  ["a service that isn't known", "nosuchservice:Get*", table],
  ["actions that aren't known", "dynamodb:Frob*", table],
  ["every service", "*:Get*", table],
  ["reads of every table", "dynamodb:Get*", "*"],
  ["lists of every bucket's objects", "s3:List*", "*"],
  ["all but some", undefined, table],
])("a new role may not have %s", async (_, action, resource) => {
  const statement =
    action === undefined
      ? { Effect: "Allow", NotAction: "iam:*", Resource: resource }
      : allow(action, { Resource: resource });
  expect(
    await created(
      ["aws_iam_role", { name: "r" }],
      ["aws_iam_role_policy", { role: "r", policy: policyOf(statement) }],
    ),
  ).toEqual([expect.stringMatching(/^blocked policy of aws_iam_role_policy\.new newly allows/)]);
});

const keyPolicy = (...statements: readonly object[]): Resource => [
  "aws_kms_key",
  { policy: policyOf(...statements) },
];
const administrator = { AWS: `arn:aws:iam::${own}:role/admin` };

test.each<[string, ...Resource[]]>([
  ["the standard policy of a key", keyPolicy(allow("kms:*", { Principal: root(own) }))],
  ["it in another partition", keyPolicy(allow("kms:*", { Principal: root(own, "aws-cn") }))],
  [
    "it as a resource of its own",
    ["aws_kms_key_policy", { policy: policyOf(allow("kms:*", { Principal: { AWS: own } })) }],
  ],
  [
    "the administrators and users of a key",
    keyPolicy(
      allow("kms:*", { Principal: root(own) }),
      allow(["kms:Create*", "kms:Put*", "kms:Delete*", "kms:ScheduleKeyDeletion"], {
        Principal: administrator,
      }),
      allow(["kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"], { Principal: administrator }),
    ),
  ],
  [
    "the root of the account of a queue",
    ["aws_sns_topic", { arn: `arn:aws:sns:ca-central-1:${own}:t` }],
    ["aws_sqs_queue", { policy: policyOf(allow("sqs:*", { Principal: root(own) })) }],
  ],
])("safe when new: %s", async (_, ...resources) => {
  expect(await created(...resources)).toEqual([]);
});

test.each<[string, ...Resource[]]>([
  [
    "a key for another account too",
    keyPolicy(allow("kms:*", { Principal: root(own) }), allow("kms:*", { Principal: root(other) })),
  ],
  [
    "a key for another account than that of the plan",
    ["aws_sns_topic", { arn: `arn:aws:sns:ca-central-1:${own}:t` }],
    keyPolicy(allow("kms:*", { Principal: root(other) })),
  ],
  [
    "a queue for another account",
    ["aws_sns_topic", { arn: `arn:aws:sns:ca-central-1:${own}:t` }],
    ["aws_sqs_queue", { policy: policyOf(allow("sqs:*", { Principal: root(other) })) }],
  ],
])("blocked when new: %s", async (_, ...resources) => {
  expect(await created(...resources)).toContainEqual(expect.stringMatching(/^blocked policy of/));
});

const when = (operator: string, key: string, ...values: readonly string[]) => ({
  Condition: { [operator]: { [key]: values } },
});

const PUBLIC_TYPES = [
  ["aws_s3_bucket_policy", "policy"],
  ["aws_sqs_queue", "policy"],
  ["aws_sns_topic", "policy"],
  ["aws_secretsmanager_secret", "policy"],
  ["aws_ecr_repository_policy", "policy"],
  ["aws_dynamodb_resource_policy", "policy"],
  ["aws_cloudwatch_log_resource_policy", "policy_document"],
  ["aws_opensearch_domain", "access_policies"],
] as const;

test.each(PUBLIC_TYPES)("a new %s may not be for everybody", async (type, attribute) => {
  const forAll = allow("s3:GetObject", { Principal: "*" });
  expect(await created([type, { [attribute]: policyOf(forAll) }])).toEqual([
    expect.stringMatching(/^blocked .* for \*\.$/),
  ]);
});

test.each<[string, object]>([
  ["nothing", {}],
  ["a source that may be any", when("StringLike", "aws:SourceArn", "*")],
  ["a source of any account", when("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:*")],
  [
    "a source of any account, beside one of ours",
    when("ArnLike", "aws:SourceArn", `arn:aws:sns:*:${own}:t`, "arn:*"),
  ],
  ["TLS", when("Bool", "aws:SecureTransport", "true")],
  ["an address anywhere", when("IpAddress", "aws:SourceIp", "0.0.0.0/0")],
  [
    "an address in either half of the internet",
    when("IpAddress", "aws:SourceIp", "0.0.0.0/1", "128.0.0.0/1"),
  ],
  ["an IPv6 address anywhere", when("IpAddress", "aws:SourceIp", "::/0")],
  ["an organization, if any", when("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1")],
  ["an organization, or no key", when("ForAllValues:StringEquals", "aws:PrincipalOrgPaths", "o-1/r-1")],
  ["any organization", when("StringLike", "aws:PrincipalOrgID", "o-*")],
  ["any organization but one", when("StringNotEquals", "aws:PrincipalOrgID", "o-1")],
  ["one's own account", when("StringEquals", "aws:PrincipalAccount", "${aws:ResourceAccount}")],
  ["a prefix", when("StringEquals", "s3:prefix", "public")],
])("a resource for everybody is open under the condition of %s", async (_, condition) => {
  const policy = policyOf(allow("s3:GetObject", { Principal: { AWS: "*" }, ...condition }), {
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: "*",
    ...when("Bool", "aws:SecureTransport", "false"),
  });
  expect(await created(["aws_s3_bucket_policy", { bucket: "b", policy }])).toEqual([
    expect.stringMatching(/^blocked /),
  ]);
  const notFor = policyOf({ ...allow("s3:GetObject", condition), NotPrincipal: root(own) });
  expect(await created(["aws_s3_bucket_policy", { bucket: "b", policy: notFor }])).toEqual([
    expect.stringMatching(/^blocked .*all but AWS:111111111111/),
  ]);
});

test.each<[string, object]>([
  ["an organization", when("StringEquals", "aws:PrincipalOrgID", "o-1")],
  ["a part of one", when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-1/r-1/*")],
  ["a source", when("ArnLike", "aws:SourceArn", "arn:aws:s3:::b")],
  ["a source in an account", when("ArnLike", "aws:SourceArn", `arn:aws:sns:*:${own}:*`)],
  ["the owner of a topic", when("StringEquals", "AWS:SourceOwner", own)],
  ["an address range", when("IpAddress", "aws:SourceIp", "203.0.113.0/24")],
  ["a VPC endpoint", when("StringEquals", "aws:SourceVpce", "vpce-1")],
])("a resource for everybody is restricted by %s", async (_, condition) => {
  const policy = policyOf(allow("s3:GetObject", { Principal: "*", ...condition }));
  const bucket: Resource = ["aws_s3_bucket", { bucket: "b" }];
  expect(await created(bucket, ["aws_s3_bucket_policy", { bucket: "b", policy }])).toEqual([]);
});

const github = "token.actions.githubusercontent.com";
const trust = (Federated: string, condition: object, Action = "sts:AssumeRoleWithWebIdentity"): Resource => [
  "aws_iam_role",
  {
    name: "r",
    assume_role_policy: JSON.stringify({
      Statement: { Effect: "Allow", Action, Principal: { Federated }, ...condition },
    }),
  },
];
const provider = (issuer: string) => `arn:aws:iam::${own}:oidc-provider/${issuer}`;
const sub = (issuer: string, operator: string, ...values: readonly string[]) =>
  trust(provider(issuer), {
    Condition: {
      StringEquals: { [`${issuer}:aud`]: "sts.amazonaws.com" },
      [operator]: {
        ...(operator === "StringEquals" && { [`${issuer}:aud`]: "sts.amazonaws.com" }),
        [`${issuer}:sub`]: values,
      },
    },
  });

test.each<[string, Resource]>([
  ["any GitHub token", trust(provider(github), {})],
  [
    "any GitHub token for AWS",
    trust(provider(github), when("StringEquals", `${github}:aud`, "sts.amazonaws.com")),
  ],
  ["any sub", sub(github, "StringLike", "*")],
  ["any repository", sub(github, "StringLike", "repo:*")],
  ["any repository of any owner", sub(github, "StringLike", "repo:*/*")],
  ["any repository of that name", sub(github, "StringLike", "repo:*/infrastructure:*")],
  ["any owner whose name begins so", sub(github, "StringLike", "repo:cruddur*")],
  ["ours or any", sub(github, "ForAnyValue:StringLike", "repo:cruddur/app:*", "repo:*")],
  ["any main branch", sub(github, "StringLike", "*:ref:refs/heads/main")],
  ["any repository's environment", sub(github, "StringEquals", "environment:prod")],
  ["a sub, if there is one", sub(github, "StringLikeIfExists", "repo:cruddur/app:*")],
  ["any GitLab project", sub("gitlab.com", "StringLike", "project_path:*")],
  ["any workspace of Terraform Cloud", sub("app.terraform.io", "StringLike", "organization:*:workspace:*")],
  [
    "any pipeline of Bitbucket",
    trust(provider("api.bitbucket.org/2.0/workspaces/w/pipelines-config/identity/oidc"), {}),
  ],
  ["any project of CircleCI", sub("oidc.circleci.com/org/1", "StringLike", "org/*/project/2/*")],
  ["any identity pool", trust("cognito-identity.amazonaws.com", {})],
  ["any Google account", trust("accounts.google.com", {})],
  ["any provider", trust("*", {})],
])("a new role may not be assumed with %s", async (_, role) => {
  expect(await created(role)).toEqual([expect.stringMatching(/^blocked assume_role_policy of/)]);
});

test.each<[string, Resource]>([
  ["a branch of a repository", sub(github, "StringEquals", "repo:cruddur/app:ref:refs/heads/main")],
  ["a repository", sub(github, "StringLike", "repo:cruddur/app:*")],
  ["an organization", sub(github, "StringLike", "repo:cruddur/*")],
  ["a repository with its ids", sub(github, "StringLike", "repo:cruddur@1/app@2:*")],
  [
    "the id of an owner",
    trust(provider(github), when("StringEquals", `${github}:repository_owner_id`, "1234")),
  ],
  ["a GitLab project", sub("gitlab.com", "StringLike", "project_path:cruddur/app:ref_type:branch:ref:*")],
  [
    "a workspace of Terraform Cloud",
    sub("app.terraform.io", "StringLike", "organization:cruddur:project:*:workspace:dev:*"),
  ],
  [
    "a repository of Bitbucket",
    sub("api.bitbucket.org/2.0/workspaces/w/pipelines-config/identity/oidc", "StringLike", "{1-2-3}*:*"),
  ],
  ["a project of CircleCI", sub("oidc.circleci.com/org/1", "StringLike", "org/1/project/2/user/*")],
  [
    "an application at Google",
    trust(
      "accounts.google.com",
      when("StringEquals", "accounts.google.com:aud", "1.apps.googleusercontent.com"),
    ),
  ],
  [
    "a service account of a cluster",
    sub("oidc.eks.ca-central-1.amazonaws.com/id/1", "StringEquals", "system:serviceaccount:n:a"),
  ],
  [
    "an identity pool, signed in",
    trust("cognito-identity.amazonaws.com", {
      Condition: {
        StringEquals: { "cognito-identity.amazonaws.com:aud": "ca-central-1:1" },
        "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "authenticated" },
      },
    }),
  ],
])("a new role may be assumed from %s", async (_, role) => {
  expect(await created(role)).toEqual([]);
});

const cognito = (...conditions: readonly object[]) =>
  trust("cognito-identity.amazonaws.com", { Condition: Object.assign({}, ...conditions) as object });
const pool = { StringEquals: { "cognito-identity.amazonaws.com:aud": "ca-central-1:1" } };
const trusts = (Principal: object, condition: object = {}): Resource => [
  "aws_iam_role",
  {
    name: "r",
    arn: `arn:aws:iam::${own}:role/r`,
    assume_role_policy: JSON.stringify({
      Statement: { Effect: "Allow", Action: "sts:AssumeRole", Principal, ...condition },
    }),
  },
];

test.each<[string, Resource]>([
  ["another account", trusts(root(other))],
  [
    "guests",
    cognito(pool, { "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "unauthenticated" } }),
  ],
  ["whoever the pool lets in", cognito(pool)],
  [
    "every pod of a cluster",
    trust(
      provider("oidc.eks.ca-central-1.amazonaws.com/id/1"),
      when("StringEquals", "oidc.eks.ca-central-1.amazonaws.com/id/1:aud", "sts.amazonaws.com"),
    ),
  ],
])("somebody has to look at a new role for %s", async (_, role) => {
  expect(await created(role)).toEqual([expect.stringMatching(/^care assume_role_policy of/)]);
});

test.each<[string, Resource]>([
  ["its own account", trusts(root(own))],
  ["a role of another account", trusts({ AWS: `arn:aws:iam::${other}:role/deploy` })],
  [
    "another account that knows the external id",
    trusts(root(other), when("StringEquals", "sts:ExternalId", "1234")),
  ],
  ["a service", trusts({ Service: "lambda.amazonaws.com" })],
])("a new role may be for %s", async (_, role) => {
  expect(await created(role)).toEqual([]);
});

test("an external id doesn't restrict everybody", async () => {
  expect(await created(trusts({ AWS: "*" }, when("StringEquals", "sts:ExternalId", "1234")))).toEqual([
    expect.stringMatching(/^blocked /),
  ]);
});

const endpoint = { id: "vpce-1", service_name: "com.amazonaws.ca-central-1.dynamodb" };
const narrow = policyOf(allow("dynamodb:GetItem", { Principal: "*", Resource: table }));
const everything = policyOf(allow("*", { Principal: "*" }));
const endpointPolicy = { vpc_endpoint_id: "vpce-1", policy: narrow };
const isOpened = [expect.stringMatching(/^blocked .* newly allows \* on \* for \*\.$/)];

test("an endpoint that loses its policy is open", async () => {
  const update = (before: unknown, after: unknown) =>
    found(
      changeOf(
        "aws_vpc_endpoint",
        "e",
        "update",
        { ...endpoint, policy: before },
        { ...endpoint, policy: after },
      ),
    );
  expect(await update(narrow, null)).toEqual(isOpened);
  expect(await update(narrow, "")).toEqual(isOpened);
  expect(await update(null, narrow)).toEqual([]);
  expect(await update(everything, null)).toEqual([]);
  expect(
    await found(changeOf("aws_vpc_endpoint", "e", "delete", { ...endpoint, policy: narrow }, null)),
  ).toEqual([]);
  expect(await created(["aws_vpc_endpoint", { ...endpoint, policy: null }])).toEqual([]);
});

test("an endpoint whose policy is deleted is open, unless it is deleted too", async () => {
  const holder = { ...endpoint, policy: narrow };
  const removed = changeOf("aws_vpc_endpoint_policy", "p", "delete", endpointPolicy, null);
  expect(await found(removed)).toEqual(isOpened);
  expect(await found(removed, changeOf("aws_vpc_endpoint", "e", "no-op", holder, holder))).toEqual(isOpened);
  expect(await found(removed, changeOf("aws_vpc_endpoint", "e", "delete", holder, null))).toEqual([]);
});

test("a policy for an endpoint without one allows nothing more", async () => {
  const holder = { ...endpoint, policy: null };
  expect(
    await found(
      changeOf("aws_vpc_endpoint_policy", "p", "create", null, endpointPolicy),
      changeOf("aws_vpc_endpoint", "e", "no-op", holder, holder),
    ),
  ).toEqual([]);
});

test("what is allowed anew and what loses its condition are said apart", async () => {
  const old = policyOf(allow("sqs:SendMessage", { Principal: root(own), ...when("StringEquals", "k", "1") }));
  const now = policyOf(allow(["sqs:SendMessage", "sqs:ReceiveMessage"], { Principal: root(own) }));
  expect(await found(changeOf("aws_sqs_queue", "q", "update", { policy: old }, { policy: now }))).toEqual([
    expect.stringMatching(/newly allows sqs:ReceiveMessage on \* for AWS:111111111111\.$/),
    expect.stringMatching(/newly allows sqs:SendMessage on .*, without the former conditions\.$/),
  ]);
});
