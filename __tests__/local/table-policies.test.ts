import {
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { DescribeStreamCommand, DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { allow, denyEveryone, policyDocument, type Statement } from "../../constructs/policy.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { createUser } from "../support/identities.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";

/** The account of the tables. The users are in the tests' account. */
const OWNER = "111111111111";
const everything = { Effect: "Allow", Action: "*", Resource: "*" };
const arnOf = (table: string) => `arn:aws:dynamodb:ca-central-1:${OWNER}:table/${table}`;

describeWith(["python"], "the policies of tables", () => {
  let corrected: EmbeddedAws;
  let asShipped: EmbeddedAws;

  beforeAll(async () => {
    corrected = await startEmbeddedAws();
    asShipped = await startEmbeddedAws({ without: ["table-policies", "principal-arn"] });
  });
  afterAll(async () => {
    await corrected.stop();
    await asShipped.stop();
  });

  /** Creates a table with a policy. @returns the owner's client, and the ARN of the table's stream. */
  async function tableWith(aws: EmbeddedAws, name: string, ...statements: readonly Statement[]) {
    const { client, streamArn } = await createMessagesTable(aws, name, OWNER);
    const Policy = policyDocument(...statements);
    await client.send(new PutResourcePolicyCommand({ ResourceArn: arnOf(name), Policy }));
    return { client, streamArn };
  }

  const forUser = (name: string, statement: Statement): Statement => ({
    ...statement,
    Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/${name}` },
  });

  test("let another account read a table by its ARN, as its own policies allow too", async () => {
    const scanning = async (aws: EmbeddedAws) => {
      await tableWith(aws, "read", forUser("reader", allow("Read", ["dynamodb:Scan"], arnOf("read"))));
      const credentials = await createUser(aws, "reader", everything);
      const client = new DynamoDBClient({ ...clientSettings(aws), credentials });
      return client.send(new ScanCommand({ TableName: arnOf("read") }));
    };
    expect(await scanning(corrected)).toMatchObject({ Count: 0 });
    await expect(scanning(asShipped)).rejects.toThrow("not found");
    for (const [name, statement] of [
      ["not-named", everything],
      ["not-allowed", { ...everything, Action: "s3:*" }],
    ] as const) {
      const granted = name === "not-allowed" ? "not-allowed" : "somebody";
      await tableWith(corrected, name, forUser(granted, allow("Read", ["dynamodb:Scan"], arnOf(name))));
      const credentials = await createUser(corrected, name, statement);
      const client = new DynamoDBClient({ ...clientSettings(corrected), credentials });
      const scan = client.send(new ScanCommand({ TableName: arnOf(name) }));
      await expect(scan).rejects.toThrow("not authorized to perform: dynamodb:Scan");
    }
  });

  test("of a stream are its own", async () => {
    const { client, streamArn } = await tableWith(
      corrected,
      "streamed",
      forUser("streamer", allow("Read", ["dynamodb:Scan"], arnOf("streamed"))),
    );
    const credentials = await createUser(corrected, "streamer", everything);
    const streams = new DynamoDBStreamsClient({ ...clientSettings(corrected), credentials });
    const describe = () => streams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
    await expect(describe()).rejects.toThrow("not authorized");
    const Policy = policyDocument(
      forUser("streamer", allow("ReadStream", ["dynamodb:DescribeStream"], streamArn)),
    );
    await client.send(new PutResourcePolicyCommand({ ResourceArn: streamArn, Policy }));
    expect(await describe()).toMatchObject({ StreamDescription: { StreamArn: streamArn } });
  });

  test("deny what an administrator is allowed, and know the session of a role by its role", async () => {
    const deletion = async (aws: EmbeddedAws, RoleName: string) => {
      const table = `deleted-by-${RoleName}`;
      const otherThan = {
        ArnNotEquals: { "aws:PrincipalArn": `arn:aws:iam::${OWNER}:role/deployer` },
      };
      await tableWith(aws, table, denyEveryone("Keep", ["dynamodb:DeleteTable"], arnOf(table), otherThan));
      const iam = new IAMClient(clientSettings(aws, OWNER));
      const trust = policyDocument({
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: "sts:AssumeRole",
      });
      await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
      const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
      await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
      const user = await createUser(aws, `to-be-${RoleName}`, everything);
      const sts = new STSClient({ ...clientSettings(aws), credentials: user });
      const RoleArn = `arn:aws:iam::${OWNER}:role/${RoleName}`;
      const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "s" }));
      const credentials = {
        accessKeyId: Credentials?.AccessKeyId ?? "",
        secretAccessKey: Credentials?.SecretAccessKey ?? "",
        sessionToken: Credentials?.SessionToken ?? "",
      };
      const client = new DynamoDBClient({ ...clientSettings(aws, OWNER), credentials });
      return client.send(new DeleteTableCommand({ TableName: table }));
    };
    await expect(deletion(corrected, "administrator")).rejects.toThrow("explicit deny");
    await expect(deletion(corrected, "deployer")).resolves.toBeDefined();
    await expect(deletion(asShipped, "administrator")).resolves.toBeDefined();
  });

  test("go with their table", async () => {
    const { client } = await tableWith(corrected, "gone", allowNobody("gone"));
    await client.send(new DeleteTableCommand({ TableName: "gone" }));
    await createMessagesTable(corrected, "gone", OWNER);
    await expect(client.send(new DescribeTableCommand({ TableName: "gone" }))).resolves.toBeDefined();
    const read = new GetResourcePolicyCommand({ ResourceArn: arnOf("gone") });
    await expect(client.send(read)).rejects.toThrow("No resource-based policy");
  });

  const allowNobody = (table: string) => denyEveryone("Nobody", ["dynamodb:Scan"], arnOf(table));
});
