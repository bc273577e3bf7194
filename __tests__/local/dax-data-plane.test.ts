import { setTimeout as sleep } from "node:timers/promises";
import { DaxDocument } from "@amazon-dax-sdk/lib-dax";
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { createCluster, DATABASE_ACTIONS } from "../support/dax-cluster.ts";
import { createUser } from "../support/identities.ts";
import { ACCOUNT, createMessagesTable } from "../support/messages-table.ts";
import { metricsIn } from "../support/metrics.ts";
import { describeWith } from "../support/requirements.ts";

const TableName = "messages";

describeWith(["python"], "DAX's data plane in the embedded AWS, by the real client", () => {
  let aws: EmbeddedAws;
  let table: DynamoDBDocumentClient;
  let cluster: Awaited<ReturnType<typeof createCluster>>;
  const clients: DaxDocument[] = [];
  const root = { accessKeyId: ACCOUNT, secretAccessKey: "local" };

  const connect = (credentials = root, endpoint = cluster.endpoint, maxRetryDelay = 7_000) => {
    const dax = new DaxDocument({
      endpoint,
      region: "ca-central-1",
      credentials,
      // Its router may have no node yet when it says that it is started.
      maxRetries: 2,
      requestTimeout: 3_000,
      // Before it gives up to find a node.
      maxRetryDelay,
    });
    clients.push(dax);
    return dax;
  };
  beforeAll(async () => {
    aws = await startEmbeddedAws();
    table = (await createMessagesTable(aws, TableName)).table.client;
    cluster = await createCluster(aws, "cache");
  });
  afterEach(async () => {
    for (const dax of clients.splice(0)) (dax as unknown as { shutdown(): void }).shutdown();
    await cluster.setTimesToLive(300_000, 300_000);
  });
  afterAll(async () => {
    await aws.stop();
  });

  const putPast = (Item: Record<string, unknown>) => table.send(new PutCommand({ TableName, Item }));
  const textOf = async (dax: DaxDocument, pk: string, sk = "1", rest: object = {}) =>
    (await dax.get({ TableName, Key: { pk, sk }, ...rest })).Item?.["text"] as unknown;
  const textsOf = async (dax: DaxDocument, pk: string, rest: object = {}) =>
    (
      await dax.query({
        TableName,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": pk },
        ...rest,
      })
    ).Items?.map(({ text }) => text as unknown);

  test("every type of attribute comes back as it was put, through the cache and past it", async () => {
    const Item = {
      pk: "types",
      sk: "1",
      text: "é😀\n\"'",
      empty: "",
      zero: 0,
      negative: -1.5e-7,
      large: 123_456_789_012_345,
      bytes: Buffer.from([0, 255]),
      yes: true,
      nothing: null,
      list: [1, "two", [null], { three: 3 }],
      map: { a: { b: ["c"] } },
      texts: new Set(["a", "b"]),
      numbers: new Set([1, 2.5]),
    };
    const dax = connect();
    await dax.put({ TableName, Item });
    const read = async (rest: object) =>
      (await dax.get({ TableName, Key: { pk: "types", sk: "1" }, ...rest })).Item;
    expect(await read({})).toEqual(Item);
    expect(await read({ ConsistentRead: true })).toEqual(Item);
    const { Items } = await dax.query({
      TableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": "types" },
    });
    expect(Items).toEqual([Item]);
  });

  test("an item is answered from the cache for its time to live, though it was written past it", async () => {
    await cluster.setTimesToLive(400, 300_000);
    await putPast({ pk: "item", sk: "1", text: "old" });
    const dax = connect();
    expect(await textOf(dax, "item")).toBe("old");
    await putPast({ pk: "item", sk: "1", text: "new" });
    expect(await textOf(dax, "item")).toBe("old");
    expect(await textOf(dax, "item", "1", { ConsistentRead: true })).toBe("new");
    expect(await textOf(dax, "item")).toBe("old");
    await sleep(500);
    expect(await textOf(dax, "item")).toBe("new");
  });

  test("a write through the cache is seen at once in items, and in queries after their time to live", async () => {
    await cluster.setTimesToLive(300_000, 400);
    const dax = connect();
    await dax.put({ TableName, Item: { pk: "through", sk: "1", text: "one" } });
    expect(await textsOf(dax, "through")).toEqual(["one"]);
    await dax.put({ TableName, Item: { pk: "through", sk: "1", text: "two" } });
    expect(await textOf(dax, "through")).toBe("two");
    expect(await textsOf(dax, "through")).toEqual(["one"]);
    // Another query is another entry.
    expect(await textsOf(dax, "through", { ScanIndexForward: false })).toEqual(["two"]);
    await sleep(500);
    expect(await textsOf(dax, "through")).toEqual(["two"]);
    await dax.update({
      TableName,
      Key: { pk: "through", sk: "1" },
      UpdateExpression: "SET #text = :text",
      ExpressionAttributeNames: { "#text": "text" },
      ExpressionAttributeValues: { ":text": "three" },
    });
    expect(await textOf(dax, "through")).toBe("three");
    const { Attributes } = await dax.delete({
      TableName,
      Key: { pk: "through", sk: "1" },
      ReturnValues: "ALL_OLD",
    });
    expect(Attributes?.["text"]).toBe("three");
    expect(await textOf(dax, "through")).toBeUndefined();
  });

  test("that there is nothing is cached, too, in items and in queries", async () => {
    const dax = connect();
    expect([await textOf(dax, "absent"), await textsOf(dax, "absent")]).toEqual([undefined, []]);
    await putPast({ pk: "absent", sk: "1", text: "there" });
    expect([await textOf(dax, "absent"), await textsOf(dax, "absent")]).toEqual([undefined, []]);
    await dax.put({ TableName, Item: { pk: "absent", sk: "1", text: "there" } });
    expect(await textOf(dax, "absent")).toBe("there");
    await table.send(new DeleteCommand({ TableName, Key: { pk: "absent", sk: "1" } }));
    expect(await textOf(dax, "absent")).toBe("there");
  });

  test("a refused conditional write changes neither the table nor the cache, and says so", async () => {
    const dax = connect();
    await dax.put({ TableName, Item: { pk: "condition", sk: "1", text: "first" } });
    await expect(
      dax.put({
        TableName,
        Item: { pk: "condition", sk: "1", text: "second" },
        ConditionExpression: "attribute_not_exists(pk) OR begins_with(sk, :prefix)",
        ExpressionAttributeValues: { ":prefix": "9" },
      }),
    ).rejects.toThrow("ConditionalCheckFailedException");
    expect(await textOf(dax, "condition")).toBe("first");
  });

  test("pages, filters and consumed capacity are those of DynamoDB; a hit consumes nothing", async () => {
    const dax = connect();
    for (const sk of ["1", "2", "3"]) await putPast({ pk: "pages", sk, text: sk });
    const page = (rest: object = {}) =>
      dax.query({
        TableName,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
        FilterExpression: "#text IN (:two, :three) AND NOT contains(#text, :one) AND attribute_exists(pk)",
        ExpressionAttributeNames: { "#text": "text" },
        ExpressionAttributeValues: {
          ":pk": "pages",
          ":from": "1",
          ":to": "3",
          ":one": "1",
          ":two": "2",
          ":three": "3",
        },
        Limit: 2,
        ReturnConsumedCapacity: "TOTAL",
        ...rest,
      });
    const first = await page();
    expect([first.Items?.map(({ sk }) => sk as unknown), first.Count, first.ScannedCount]).toEqual([
      ["2"],
      1,
      2,
    ]);
    expect(first.LastEvaluatedKey).toEqual({ pk: "pages", sk: "2" });
    expect(first.ConsumedCapacity?.CapacityUnits).toBe(0.5);
    const second = await page({ ExclusiveStartKey: first.LastEvaluatedKey });
    expect([second.Items?.map(({ sk }) => sk as unknown), second.LastEvaluatedKey]).toEqual([
      ["3"],
      undefined,
    ]);
    expect((await page()).ConsumedCapacity?.CapacityUnits).toBe(0);
  });

  test("hits, misses and failures are counted, and each node shows that it lives", async () => {
    const metrics = metricsIn(aws, "AWS/DAX");
    const read = async (name: string, NodeId?: string) =>
      (await metrics.read(name, { ClusterId: "cache", ...(NodeId && { NodeId }) })) ?? 0;
    const counted = () =>
      Promise.all(
        ["ItemCacheHits", "ItemCacheMisses", "QueryCacheHits", "QueryCacheMisses", "FailedRequestCount"].map(
          (name) => read(name),
        ),
      );
    const before = await counted();
    const dax = connect();
    for (let reads = 0; reads < 3; reads += 1) await textOf(dax, "counted");
    for (let reads = 0; reads < 2; reads += 1) await textsOf(dax, "counted");
    await expect(dax.scan({ TableName })).rejects.toThrow("not implemented");
    const after = await counted();
    expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual([2, 1, 1, 1, 1]);
    for (const letter of ["a", "b", "c"])
      expect(await read("CPUUtilization", `cache-${letter}`)).toBeGreaterThan(0);
  });

  test("many requests at once on many connections each get their own answer", async () => {
    const dax = connect();
    const keys = Array.from({ length: 60 }, (_, index) => `many-${index}`);
    await Promise.all(keys.map((pk) => dax.put({ TableName, Item: { pk, sk: "1", text: pk } })));
    expect(await Promise.all(keys.map((pk) => textOf(dax, pk)))).toEqual(keys);
  });

  test("what it doesn't know is refused by name, and the connection goes on", async () => {
    const dax = connect();
    await expect(dax.scan({ TableName })).rejects.toThrow("Scan: not implemented in the local DAX");
    await expect(
      dax.batchGet({ RequestItems: { [TableName]: { Keys: [{ pk: "a", sk: "1" }] } } }),
    ).rejects.toThrow("BatchGetItem: not implemented");
    await expect(
      dax.get({ TableName, Key: { pk: "a", sk: "1" }, ProjectionExpression: "pk" }),
    ).rejects.toThrow("ProjectionExpression: not implemented");
    await expect(dax.get({ TableName: "absent", Key: { pk: "a", sk: "1" } })).rejects.toThrow(
      "ResourceNotFoundException",
    );
    expect(await textOf(dax, "a")).toBeUndefined();
  });

  test("a caller needs dax permissions on the cluster, and the right secret", async () => {
    const allowed = (Action: string, Resource = cluster.arn) => ({ Effect: "Allow", Action, Resource });
    const reader = await createUser(aws, "reader", allowed("dax:GetItem"));
    expect(await textOf(connect(reader), "caller")).toBeUndefined();
    await expect(textsOf(connect(reader), "caller")).rejects.toThrow("not authorized to perform: dax:Query");
    const elsewhere = await createUser(aws, "elsewhere", allowed("dax:*", `${cluster.arn}-2`));
    await expect(textOf(connect(elsewhere), "caller")).rejects.toThrow(
      "not authorized to perform: dax:GetItem",
    );
    // It doesn't even get the list of nodes.
    await expect(
      textOf(connect({ ...reader, secretAccessKey: "wrong" }, cluster.endpoint, 500), "caller"),
    ).rejects.toThrow("No endpoints available");
  });

  test("the cluster reaches what its role allows, and nothing else", async () => {
    const actions = DATABASE_ACTIONS.filter((action) => action !== "dynamodb:Query");
    const { endpoint } = await createCluster(aws, "narrow", { actions });
    const dax = connect(root, endpoint);
    expect(await textOf(dax, "narrow")).toBeUndefined();
    await expect(textsOf(dax, "narrow")).rejects.toThrow("not authorized to perform: dynamodb:Query");
  });
});
