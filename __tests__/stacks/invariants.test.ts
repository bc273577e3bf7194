import { describe, expect, test } from "@jest/globals";
import { loadEnvironments } from "../../config/load-environments.ts";
import { namesOf, stackNames } from "../../config/names.ts";
import { devLiteral, prodLiteral } from "../support/environments.ts";
import {
  type Statement,
  statementsIn,
  type Synthesized,
  synthesizeBootstrap,
  synthesizeMessaging,
} from "../support/synthesized.ts";

/** All statements of a stack's policies; those of the keys and of the pipelines' roles have tests of their own. */
function statements(stack: Synthesized): Statement[] {
  const resources = stack.resources.filter(
    ({ path, type }) => !path.includes("/pipeline/") && type !== "aws_kms_key_policy",
  );
  return resources.flatMap(({ values }) =>
    Object.entries(values).flatMap(([attribute, value]) =>
      typeof value === "string" && attribute.endsWith("policy") ? statementsIn(value) : [],
    ),
  );
}

const environments = loadEnvironments();
const stacks = environments.flatMap((environment) => {
  const names = stackNames(environment.name);
  return [
    { name: names.messaging, kind: "messaging", environment, stack: synthesizeMessaging(environment) },
    { name: names.bootstrap, kind: "bootstrap", environment, stack: synthesizeBootstrap(environment) },
  ];
});

/** What CloudWatch may do with a key, on behalf of alarms of the account. */
const forAlarms = (region: string) => ({
  Effect: "Allow",
  Principal: { Service: "cloudwatch.amazonaws.com" },
  Action: ["kms:Decrypt", "kms:GenerateDataKey"],
  Condition: {
    StringEquals: { "aws:SourceAccount": expect.stringMatching(/^\$\{[^}]*\}$/) as unknown },
    ArnLike: {
      "aws:SourceArn": expect.stringMatching(
        new RegExp(`^arn:[\\w-]+:cloudwatch:${region}:\\$\\{[^}]*\\}:alarm:\\*$`),
      ) as unknown,
    },
  },
});

describe.each(stacks)("$name", ({ kind, environment, stack }) => {
  test("allows no wildcard action, and a wildcard resource only where EC2 knows nothing narrower", () => {
    const allowed = statements(stack).filter(({ Effect }) => Effect === "Allow");
    for (const { Action } of allowed) for (const action of [Action].flat()) expect(action).not.toContain("*");
    const wide = allowed.filter(({ Resource }) =>
      [Resource].flat().some((resource) => /^\*|[:/]\*$/.test(resource)),
    );
    // The permissions boundary is made before there are ids of streams and keys.
    const withIds = kind === "bootstrap" ? ["ReadStream", "UseKeyThroughDynamodb"] : [];
    expect(wide.map(({ Sid }) => Sid)).toEqual([
      "WriteLogs",
      ...withIds,
      "ChangeNetworkInterfaces",
      "DescribeNetworkInterfaces",
    ]);
  });

  test("limits every role of the messaging stack by the permissions boundary", () => {
    if (kind === "bootstrap") return;
    const roles = stack.ofType("aws_iam_role");
    expect(roles).toHaveLength(1);
    for (const { values } of roles)
      expect(values["permissions_boundary"]).toMatch(
        new RegExp(`:policy/${namesOf(environment).permissionsBoundary}$`),
      );
  });

  test("leaves the use of its keys to the account's IAM policies, and to CloudWatch that of its topic's for alarms of the account", () => {
    const policies = stack.ofType("aws_kms_key_policy");
    expect(policies).toHaveLength(stack.ofType("aws_kms_key").length);
    for (const { path, values } of policies) {
      expect(values["key_id"]).toMatch(/^\$\{aws_kms_key\..*\.key_id\}$/);
      const [ofAccount, ...others] = statementsIn(values["policy"] as string);
      expect(ofAccount).toEqual({
        Sid: "Enable IAM User Permissions",
        Effect: "Allow",
        Action: "kms:*",
        Resource: "*",
        Principal: {
          AWS: expect.stringMatching(/^arn:\$\{[^}]*\}:iam::\$\{[^}]*aws_kms_key[^}]*\}:root$/) as unknown,
        },
      });
      expect(others).toMatchObject(path.includes("/alarm-topic/") ? [forAlarms(environment.region)] : []);
    }
  });

  test("keeps its state encrypted, locked and in its own environment's bucket", () => {
    expect(stack.json["terraform"]).toMatchObject({
      required_version: ">= 1.10.0",
      backend: {
        s3: {
          bucket: environment.state.bucket,
          key: `${kind}.tfstate`,
          encrypt: true,
          kms_key_id: `alias/${environment.state.bucket}`,
          use_lockfile: true,
        },
      },
      required_providers: { aws: { source: "aws", version: "5.100.0" } },
    });
  });

  test("tags everything with its environment", () => {
    expect(stack.json["provider"]).toMatchObject({
      aws: [{ region: environment.region, default_tags: [{ tags: { environment: environment.name } }] }],
    });
  });

  test("ignores no change and reads nothing at plan time", () => {
    expect(JSON.stringify(stack.json)).not.toContain("ignore_changes");
    expect(stack.json).not.toHaveProperty("data");
  });

  test("names nothing of another environment", () => {
    const text = JSON.stringify(stack.json);
    const words = new Set(text.match(/[a-z0-9-]+/g));
    expect(words).toContain(environment.state.bucket);
    for (const other of environments.filter((one) => one !== environment)) {
      expect(words).not.toContain(other.state.bucket);
      expect(text).not.toContain(`"${other.name}"`);
    }
  });
});

describe("the policies of a table, of its replicas and of their keys", () => {
  const reader = "arn:aws:iam::222222222222:role/analytics";
  const streamReader = "arn:aws:iam::222222222222:role/search";
  const replica = { deletionProtection: true, pointInTimeRecovery: true };
  const { messages, users } = prodLiteral.tables;
  const stack = synthesizeMessaging({
    ...prodLiteral,
    pipeline: { repository: "owner/name" },
    tables: {
      users,
      messages: {
        ...messages,
        replicas: { "us-east-1": replica },
        readers: [reader],
        streamReaders: [streamReader],
        deletionOnlyByDeployRole: true,
      },
    },
  });
  const ofPath = (type: string, end: string) => statementsIn(stack.one(type, end)["policy"] as string);

  test.each(["messages-table/access/policy", "messages-table/replica-us-east-1/access/policy"])(
    "%s allows its readers to read, and denies deletion to all but the deploy role",
    (path) => {
      const [read, deletion, ...more] = ofPath("aws_dynamodb_resource_policy", path);
      expect(more).toEqual([]);
      expect(read).toMatchObject({ Effect: "Allow", Principal: { AWS: [reader] } });
      for (const action of [read?.Action].flat())
        expect(action).toMatch(/:(BatchGet|Describe|Get|Query|Scan)/);
      expect([read?.Resource].flat()).toHaveLength(2);
      expect(deletion).toMatchObject({
        Effect: "Deny",
        Principal: "*",
        Action: ["dynamodb:DeleteTable", "dynamodb:DeleteTableReplica"],
        Condition: {
          ArnNotEquals: {
            "aws:PrincipalArn": expect.stringMatching(/:role\/cruddur-messaging-deploy$/) as unknown,
          },
        },
      });
    },
  );

  test("let the stream's readers read the stream, which no other policy does", () => {
    expect(ofPath("aws_dynamodb_resource_policy", "stream-policy")).toMatchObject([
      {
        Effect: "Allow",
        Principal: { AWS: [streamReader] },
        Action: ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
      },
    ]);
    expect(stack.ofType("aws_dynamodb_resource_policy")).toHaveLength(3);
  });

  test.each([
    ["key/policy", [reader, streamReader], "ca-central-1"],
    ["key-us-east-1/policy", [reader], "us-east-1"],
  ])("%s lets them decrypt through DynamoDB there, and nothing else", (path, AWS, region) => {
    const [, ...added] = ofPath("aws_kms_key_policy", path);
    expect(added).toEqual([
      {
        Sid: "ReadThroughDynamodb",
        Effect: "Allow",
        Principal: { AWS },
        Action: ["kms:Decrypt", "kms:DescribeKey"],
        Resource: "*",
        Condition: { StringEquals: { "kms:ViaService": `dynamodb.${region}.amazonaws.com` } },
      },
    ]);
  });

  test("are with a replica that is guarded like its table, in the account and with the tags of the environment", () => {
    expect(stack.one("aws_dynamodb_table_replica")).toMatchObject({
      provider: "aws.us-east-1",
      deletion_protection_enabled: true,
      point_in_time_recovery: true,
      lifecycle: { prevent_destroy: true },
    });
    expect(stack.one("aws_dynamodb_table", "messages-table/table")).toMatchObject({
      stream_view_type: "NEW_AND_OLD_IMAGES",
      lifecycle: { prevent_destroy: true, ignore_changes: ["replica"] },
    });
    const [home, other] = (stack.json["provider"] as { aws: readonly object[] }).aws;
    expect(other).toEqual({ ...home, alias: "us-east-1", region: "us-east-1" });
    for (const { values } of stack.ofType("aws_kms_key"))
      expect(values).toMatchObject({ lifecycle: { prevent_destroy: true } });
  });
});

test.each(stacks.filter(({ kind, environment }) => kind === "messaging" && environment.protected))(
  "$name guards every table twice, keeps it restorable, and guards its key",
  ({ stack }) => {
    const guarded = { lifecycle: { prevent_destroy: true } };
    const tables = stack.ofType("aws_dynamodb_table");
    expect(tables).toHaveLength(2);
    for (const { values } of tables)
      expect(values).toMatchObject({
        ...guarded,
        deletion_protection_enabled: true,
        point_in_time_recovery: { enabled: true },
      });
    for (const { values } of stack.ofType("aws_kms_key")) expect(values).toMatchObject(guarded);
  },
);

describe("the state bucket", () => {
  const stack = synthesizeBootstrap(prodLiteral);

  test("keeps every version, encrypted with a key of its own, closed to the public", () => {
    expect(stack.one("aws_s3_bucket_versioning")).toMatchObject({
      versioning_configuration: { status: "Enabled" },
    });
    expect(stack.one("aws_s3_bucket_server_side_encryption_configuration")).toMatchObject({
      rule: [{ apply_server_side_encryption_by_default: { sse_algorithm: "aws:kms" } }],
    });
    expect(stack.one("aws_s3_bucket_public_access_block")).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
  });

  test("is reached over TLS alone, and lets nobody overwrite or delete a release or its evidence", () => {
    const denied = { Effect: "Deny", Principal: "*" };
    const evidence = { ...denied, Resource: expect.stringMatching(/\/releases\/\*$/) as unknown };
    expect(statementsIn(stack.one("aws_s3_bucket_policy")["policy"] as string)).toMatchObject([
      { ...denied, Action: "s3:*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
      { ...evidence, Action: "s3:PutObject", Condition: { Null: { "s3:if-none-match": "true" } } },
      { ...evidence, Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"] },
    ]);
  });

  test.each(["aws_s3_bucket", "aws_kms_key"])("%s is protected from destruction", (type) => {
    expect(stack.one(type)).toMatchObject({ lifecycle: { prevent_destroy: true } });
  });
});

test("an account that is said is the only one that provider and state accept", () => {
  const stack = synthesizeMessaging({ ...devLiteral, account: "123456789012" });
  expect(stack.json["provider"]).toMatchObject({ aws: [{ allowed_account_ids: ["123456789012"] }] });
  expect(stack.json["terraform"]).toMatchObject({
    backend: { s3: { allowed_account_ids: ["123456789012"] } },
  });
});

test.each([
  ["cn-north-1", "aws-cn", "dynamodb.cn-north-1.amazonaws.com.cn"],
  ["us-gov-west-1", "aws-us-gov", "dynamodb.us-gov-west-1.amazonaws.com"],
])("in %s every ARN is of the partition %s", (region, partition, dynamodb) => {
  const network = { ...prodLiteral.network, zones: [`${region}a`, `${region}b`] } as never;
  const literal = { ...prodLiteral, region, network, pipeline: { repository: "owner/name" } };
  const text = [synthesizeBootstrap(literal), synthesizeMessaging(literal)].map(({ json }) =>
    JSON.stringify(json),
  );
  expect(new Set(text.join().match(/arn:[\w-]+/g))).toEqual(new Set([`arn:${partition}`]));
  for (const stack of text) expect(stack).toContain(`kms:ViaService\\":\\"${dynamodb}`);
});
