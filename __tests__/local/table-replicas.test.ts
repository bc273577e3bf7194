import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { clientSettings as settingsIn, type EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { tableInput } from "../../local/table-input.ts";
import { createUser } from "../support/identities.ts";
import { ACCOUNT, clientSettings } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";

const OTHER = "us-east-1";
const key = (region: string) => `arn:aws:kms:${region}:${ACCOUNT}:key/00000000-0000-4000-8000-000000000000`;

describeWith(["python"], "replicas of tables", () => {
  let corrected: EmbeddedAws;
  let asShipped: EmbeddedAws;

  beforeAll(async () => {
    corrected = await startEmbeddedAws();
    asShipped = await startEmbeddedAws({
      without: ["replica-settings", "replica-permissions", "aws-managed-key"],
    });
  });
  afterAll(async () => {
    await corrected.stop();
    await asShipped.stop();
  });

  const clientIn = (aws: EmbeddedAws, region: string) => new DynamoDBClient(settingsIn(aws, ACCOUNT, region));

  async function createTable(
    aws: EmbeddedAws,
    TableName: string,
    StreamViewType: "NEW_IMAGE" | "NEW_AND_OLD_IMAGES" = "NEW_AND_OLD_IMAGES",
  ) {
    const create = new CreateTableCommand({
      ...tableInput("messages", TableName),
      StreamSpecification: { StreamEnabled: true, StreamViewType: StreamViewType },
      SSESpecification: { Enabled: true, SSEType: "KMS", KMSMasterKeyId: key("ca-central-1") },
    });
    const client = new DynamoDBClient(clientSettings(aws));
    await client.send(create);
    const update = (kind: "Create" | "Delete", settings: object = {}, using = client) =>
      using.send(
        new UpdateTableCommand({
          TableName,
          ReplicaUpdates: [{ [kind]: { RegionName: OTHER, ...settings } }],
        }),
      );
    const describe = async (region: string) =>
      (await clientIn(aws, region).send(new DescribeTableCommand({ TableName }))).Table;
    return { client, update, describe };
  }

  test("have a key and a class of their own, which the table tells", async () => {
    const create = { KMSMasterKeyId: key(OTHER), TableClassOverride: "STANDARD_INFREQUENT_ACCESS" };
    const see = async (aws: EmbeddedAws) => {
      const { update, describe } = await createTable(aws, "with-key");
      await update("Create", create);
      const [table, replica] = [await describe("ca-central-1"), await describe(OTHER)];
      return [
        table?.Replicas?.[0]?.KMSMasterKeyId,
        table?.Replicas?.[0]?.ReplicaTableClassSummary?.TableClass,
        replica?.SSEDescription?.KMSMasterKeyArn,
        replica?.TableClassSummary?.TableClass,
      ];
    };
    expect(await see(corrected)).toEqual([
      key(OTHER),
      "STANDARD_INFREQUENT_ACCESS",
      key(OTHER),
      "STANDARD_INFREQUENT_ACCESS",
    ]);
    expect(await see(asShipped)).toEqual([undefined, undefined, key("ca-central-1"), undefined]);
  });

  test("need a stream with both images, and a key of their region", async () => {
    const { update } = await createTable(corrected, "new-images", "NEW_IMAGE");
    await expect(update("Create", { KMSMasterKeyId: key(OTHER) })).rejects.toThrow("New and Old Images");
    const other = await createTable(corrected, "without-key");
    await expect(other.update("Create")).rejects.toThrow("a customer managed key of its region");
    const shipped = await createTable(asShipped, "new-images", "NEW_IMAGE");
    await expect(shipped.update("Create")).resolves.toBeDefined();
  });

  test("are kept by their deletion protection", async () => {
    const remove = async (aws: EmbeddedAws) => {
      const { update } = await createTable(aws, "kept");
      await update("Create", { KMSMasterKeyId: key(OTHER) });
      const protect = new UpdateTableCommand({ TableName: "kept", DeletionProtectionEnabled: true });
      await clientIn(aws, OTHER).send(protect);
      return update("Delete");
    };
    await expect(remove(corrected)).rejects.toThrow("protected against deletion");
    await expect(remove(asShipped)).resolves.toBeDefined();
  });

  test("are made and removed by who may do so in their region", async () => {
    const attempt = async (aws: EmbeddedAws, name: string, ...regions: string[]) => {
      const { update } = await createTable(aws, name);
      const Resource = regions.map((region) => `arn:aws:dynamodb:${region}:${ACCOUNT}:table/${name}`);
      const credentials = await createUser(aws, name, { Effect: "Allow", Action: "dynamodb:*", Resource });
      const using = new DynamoDBClient({ ...clientSettings(aws), credentials });
      return update("Create", { KMSMasterKeyId: key(OTHER) }, using);
    };
    await expect(attempt(corrected, "home-only", "ca-central-1")).rejects.toThrow(
      `not authorized to perform: dynamodb:CreateTable on resource: arn:aws:dynamodb:${OTHER}`,
    );
    await expect(attempt(corrected, "both", "ca-central-1", OTHER)).resolves.toBeDefined();
    await expect(attempt(asShipped, "home-only", "ca-central-1")).resolves.toBeDefined();
  });

  test("are read by Terraform, which asks for the key that AWS manages", async () => {
    const describe = async ({ endpoint }: EmbeddedAws) => {
      const scope = `${ACCOUNT}/20260101/ca-central-1/kms/aws4_request`;
      const answer = await fetch(endpoint, {
        method: "POST",
        headers: {
          Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
          "Content-Type": "application/x-amz-json-1.1",
          "X-Amz-Date": "20260101T000000Z",
          "X-Amz-Target": "TrentService.DescribeKey",
        },
        body: JSON.stringify({ KeyId: "alias/aws/dynamodb" }),
      });
      return answer.text();
    };
    const managed = expect.stringContaining('"KeyManager": "AWS"') as unknown;
    expect((await describe(corrected)).replaceAll(/":\s*/g, '": ')).toEqual(managed);
    expect(await describe(asShipped)).toContain("not found");
  });
});
