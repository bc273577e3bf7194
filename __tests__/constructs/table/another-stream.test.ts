import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { LambdaClient, ListEventSourceMappingsCommand } from "@aws-sdk/client-lambda";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { environmentSchema, type EnvironmentLiteral } from "../../../config/environment.ts";
import { namesOf } from "../../../config/names.ts";
import { deployEnvironment } from "../../../local/deploy.ts";
import type { EmbeddedAws } from "../../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import { messageItem } from "../../../messaging/items.ts";
import { repairOne } from "../../../repair/repair-table.ts";
import { deployInto, synthesizeFor } from "../../support/deploy-environment.ts";
import { devLiteral } from "../../support/environments.ts";
import { ACCOUNT, clientSettings } from "../../support/messages-table.ts";
import { person } from "../../support/person.ts";
import { describeWith } from "../../support/requirements.ts";
import { putPair, rowsOf } from "../../support/rows.ts";
import { until } from "../../support/until.ts";

const onDemand: EnvironmentLiteral = {
  ...devLiteral,
  tables: {
    ...devLiteral.tables,
    messages: { ...devLiteral.tables.messages, billing: { mode: "on-demand" } },
  },
};
const replica = { deletionProtection: false, pointInTimeRecovery: true };
const replicated: EnvironmentLiteral = {
  ...onDemand,
  tables: {
    ...onDemand.tables,
    messages: { ...onDemand.tables.messages, replicas: { "us-east-1": replica } },
  },
};
const names = namesOf(environmentSchema.parse(devLiteral));
const time = (minute: number) => `2026-03-01T10:0${minute}:00.000000Z`;

/** docs/runbook.md#another-stream */
describeWith(["terraform", "python"], "a table that gets its first replica, and so another stream", () => {
  const output = mkdtempSync(join(tmpdir(), "another-stream-test-"));
  let aws: EmbeddedAws;
  let store: { client: DynamoDBDocumentClient; tableName: string };

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    synthesizeFor(aws, onDemand, output);
    await deployInto(aws, ACCOUNT, "dev", output);
    const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientSettings(aws)));
    store = { client, tableName: names.tables.messages };
  }, 600_000);
  afterAll(async () => {
    await aws.stop();
    rmSync(output, { recursive: true });
  });

  const send = (conversationUuid: string, createdAt: string) => {
    const sender = person(conversationUuid === "before" ? "a" : "c");
    const Item = messageItem({ uuid: createdAt, conversationUuid, createdAt, text: createdAt, sender });
    return store.client.send(new PutCommand({ TableName: store.tableName, Item }));
  };
  const inbox = async (conversation: string, member: string) =>
    (await rowsOf(store, member, conversation)).join();
  const sources = async () => {
    const list = new ListEventSourceMappingsCommand({ FunctionName: names.streamFunction });
    const { EventSourceMappings = [] } = await new LambdaClient(clientSettings(aws)).send(list);
    return EventSourceMappings.map(({ EventSourceArn }) => EventSourceArn);
  };

  test("loses no message: each is in the table, the trigger reads the new stream, and repair moves the rest", async () => {
    const run = {
      environment: "dev",
      output,
      env: aws.environmentFor(ACCOUNT),
      logFile: join(output, "log"),
    };
    // Members of their own: two rows of one member can't have the same time.
    await putPair(store, "before", ["a", "b"], time(0));
    await putPair(store, "meanwhile", ["c", "d"], time(0));
    for (const [conversation, member] of [
      ["before", "b"],
      ["meanwhile", "d"],
    ] as const) {
      await send(conversation, time(1));
      await until(async () => (await inbox(conversation, member)) === `${time(1)} ${time(1)}`);
    }
    const former = await sources();

    synthesizeFor(aws, replicated, output);
    const deployed = deployEnvironment(run);
    // The trigger of the former stream goes first, and then nobody reads what is written.
    while ((await sources()).length > 0) await sleep(20);
    await send("meanwhile", time(2));
    expect(await deployed).toBe(true);
    expect(await sources()).toHaveLength(1);
    expect(await sources()).not.toEqual(former);

    await send("before", time(3));
    await until(async () => (await inbox("before", "b")) === `${time(3)} ${time(3)}`);
    await repairOne(store, "meanwhile");
    expect(await inbox("meanwhile", "d")).toBe(`${time(2)} ${time(2)}`);
    expect(await deployEnvironment(run)).toBe(false);
  }, 600_000);
});
