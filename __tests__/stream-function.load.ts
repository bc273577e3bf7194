import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { SQSClient } from "@aws-sdk/client-sqs";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execaSync } from "execa";
import { putAll, scanRows } from "../bench/workload.ts";
import { type EmbeddedAws, signal } from "../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../local/embedded-aws/start.ts";
import {
  conversationRows,
  INBOX_PREFIX,
  type Member,
  type Message,
  messageItem,
} from "../messaging/items.ts";
import type { RowStore } from "../messaging/read-rows.ts";
import { redrive } from "../repair/redrive.ts";
import { repairTable } from "../repair/repair-table.ts";
import { deployedNames, deployFunction } from "./support/deployed-function.ts";
import { clientSettings } from "./support/messages-table.ts";
import { describeWith } from "./support/requirements.ts";

const MESSAGES = 10_000;
const CONVERSATIONS = 500;
const PEOPLE = 200;
/** Messages that are sent side by side. */
const SENDERS = 8;
/** Far more often, and on a busy machine no batch would ever come to its end. */
const KILL_EVERY_MILLISECONDS = 8_000;
/** Without a move of any row for so long, the trigger is done with what it can do. */
const QUIET_MILLISECONDS = 30_000;

describeWith(["python"], `${MESSAGES} messages over ${CONVERSATIONS} conversations`, () => {
  let aws: EmbeddedAws;
  beforeAll(async () => {
    aws = await startEmbeddedAws();
  });
  afterAll(() => aws.stop());

  test("every inbox is right in the end, however often the function is killed", async () => {
    const { store, connect, deadLetters } = await deployFunction(aws);
    const conversations = Array.from({ length: CONVERSATIONS }, (_, index) => conversationOf(index));
    await putAll(
      store,
      conversations.flatMap(({ members, first }) => conversationRows(members, first)),
    );
    await connect();

    const newest = new Map<string, Message>();
    const stopKilling = killNowAndThen(aws);
    let sent = 0;
    const send = async () => {
      while (sent < MESSAGES) {
        const message = messageOf((sent += 1));
        const known = newest.get(message.conversationUuid);
        if (!known || known.createdAt < message.createdAt) newest.set(message.conversationUuid, message);
        const put = new PutCommand({ TableName: store.tableName, Item: messageItem(message) });
        await store.table.client.send(put);
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, send));
    expect(newest.size).toBe(CONVERSATIONS);

    const expected = conversations.flatMap(({ uuid, members, first }) => {
      const { createdAt, text } = newest.get(uuid) ?? first;
      return members.map((member) => `${INBOX_PREFIX}${member.uuid} ${createdAt} ${uuid} ${text}`);
    });
    let [found, movedAt] = [await rowsIn(store), Date.now()];
    while (difference(expected, found).length > 0 && Date.now() < movedAt + QUIET_MILLISECONDS) {
      await sleep(2_000);
      const now = await rowsIn(store);
      if (difference(found, now).length > 0) movedAt = Date.now();
      found = now;
    }
    const kills = stopKilling();
    const givenUp = await deadLetters();
    console.log(
      `${kills} kills, ${givenUp} entries in the dead-letter queue, ${difference(expected, found).length} differences from what is to be`,
    );
    expect(kills).toBeGreaterThan(5);
    // A kill between two batches hurts nobody; some must have hit one.
    expect(readFileSync(aws.logFile, "utf8")).toContain("batch failed from record");

    if (givenUp > 0)
      await redrive({
        store,
        streams: new DynamoDBStreamsClient(clientSettings(aws)),
        queue: new SQSClient(clientSettings(aws)),
        queueName: deployedNames.deadLetterQueue,
        deleteGone: false,
        onEntry: ({ state }) => {
          expect(state).toBe("done");
        },
      });
    expect(difference(expected, await rowsIn(store))).toEqual([]);
    expect(await deadLetters()).toBe(0);
    const conversationsSeen = await repairTable({
      store,
      dryRun: true,
      resume: false,
      checkpointFile: `${aws.logFile}.repair.jsonl`,
      itemsAtOnce: 1_000,
      onRepair: (repair) => {
        expect(repair).toBeUndefined();
      },
      onProgress: () => undefined,
    });
    expect(conversationsSeen).toBe(CONVERSATIONS);
  }, 900_000);
});

function conversationOf(index: number) {
  const uuid = `conversation-${index}`;
  // Every tenth has more than two members.
  const count = index % 10 === 0 ? 5 : 2;
  const members = Array.from({ length: count }, (_, place) => person(index * 7 + place * 31));
  return { uuid, members, first: message(uuid, members, index - CONVERSATIONS) };
}

function person(number: number): Member {
  const uuid = `person-${number % PEOPLE}`;
  return { uuid, displayName: `Person ${number % PEOPLE}`, handle: uuid };
}

/** The message of a number goes to a conversation that looks drawn, and yet is the same each time. */
function messageOf(number: number): Message {
  const { uuid, members } = conversationOf((number * 7_919) % CONVERSATIONS);
  return message(uuid, members, number);
}

function message(conversationUuid: string, members: readonly Member[], number: number): Message {
  return {
    uuid: `message-${number}`,
    conversationUuid,
    createdAt: new Date(Date.UTC(2026, 2, 1) + number).toISOString(),
    text: `the message of number ${number}`,
    sender: members[Math.abs(number) % members.length] ?? person(0),
  };
}

/** Every conversation row that the table has, in one line each. */
async function rowsIn(store: RowStore): Promise<string[]> {
  const attributes = ["pk", "sk", "message_group_uuid", "message"];
  return (await scanRows(store)).map((row) => attributes.map((name) => row[name]?.S).join(" "));
}

/** What is not in one list as often as in the other: a row that is lost, behind, or there twice. */
function difference(one: readonly string[], other: readonly string[]): string[] {
  const count = new Map<string, number>();
  for (const line of one) count.set(line, (count.get(line) ?? 0) + 1);
  for (const line of other) count.set(line, (count.get(line) ?? 0) - 1);
  return [...count].filter(([, times]) => times !== 0).map(([line]) => line);
}

/**
 * Kills the processes of the functions, which are of the embedded AWS's own group, at intervals.
 * @returns a function that ends that, and returns the number of kills.
 */
function killNowAndThen(aws: EmbeddedAws) {
  let kills = 0;
  const timer = setInterval(() => {
    const pgrep = ["-g", String(aws.pid), "-x", "node"];
    const { stdout: pids } = execaSync("pgrep", pgrep, { lines: true, reject: false });
    kills += pids.filter((pid) => signal(Number(pid), "SIGKILL")).length;
  }, KILL_EVERY_MILLISECONDS);
  return () => {
    clearInterval(timer);
    return kills;
  };
}
