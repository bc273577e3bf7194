import { setTimeout as sleep } from "node:timers/promises";
import { DaxDocument } from "@amazon-dax-sdk/lib-dax";
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { credentials, type DaxNode, startDaxNode } from "../support/dax-node.ts";
import { createMessagesTable } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";

const TableName = "messages";
const TIMES = { itemMilliseconds: 120, queryMilliseconds: 60 };

/** Clocks of two processes are compared. */
const PRECISION_MILLISECONDS = 2;

type Path = "through" | "past";
interface Write {
  readonly does: "put" | "delete";
  readonly path: Path;
  readonly key: number;
}
interface Read {
  readonly does: "get" | "query";
  readonly key: number;
}
interface Wait {
  readonly milliseconds: number;
}
type Step = Write | Read | Wait;

/** What a key had: from when it may have, until when it may have. Undefined: nothing. */
interface Period {
  readonly value: number | undefined;
  readonly from: number;
  until: number;
  /** Whether its write has ended. Of two writes at once, either may be the later one. */
  isWritten: boolean;
}

const key = fc.nat(1);
const path = fc.constantFrom<Path>("through", "past");
const write: fc.Arbitrary<Write> = fc.record({ does: fc.constantFrom("put", "delete"), path, key });
const read: fc.Arbitrary<Read> = fc.record({ does: fc.constantFrom("get", "query"), key });
const wait: fc.Arbitrary<Wait> = fc.record({ milliseconds: fc.integer({ min: 1, max: 80 }) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: write },
  { weight: 5, arbitrary: read },
  { weight: 1, arbitrary: wait },
);

describeWith(["python"], "answers of a DAX node, whatever is read and written through it and past it", () => {
  let aws: EmbeddedAws;
  let table: DynamoDBDocumentClient;
  let node: DaxNode;
  let dax: DaxDocument;
  let runs = 0;
  let values = 0;
  let stale = 0;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    table = (await createMessagesTable(aws, TableName)).table.client;
    node = await startDaxNode(aws, TIMES);
    dax = new DaxDocument({ endpoint: node.endpoint, region: "ca-central-1", credentials });
  });
  afterAll(async () => {
    (dax as unknown as { shutdown(): void }).shutdown();
    node.kill("SIGKILL");
    await aws.stop();
  });

  /** Does the steps of each actor one after the other, all actors at once, and returns the answers that are wrong. */
  async function wrongAnswers(actors: readonly (readonly Step[])[]): Promise<string[]> {
    const run = (runs += 1);
    const history = new Map<number, Period[]>();
    const wrong: string[] = [];
    const Key = (of: number) => ({ pk: `run ${run} key ${of}`, sk: "1" });
    const periods = (of: number) => {
      const known = history.get(of) ?? [
        { value: undefined, from: -Infinity, until: Infinity, isWritten: true },
      ];
      history.set(of, known);
      return known;
    };

    const write = async ({ does, path, key: of }: Write) => {
      const value = does === "put" ? (values += 1) : undefined;
      const before = periods(of).filter(({ isWritten }) => isWritten);
      const period: Period = { value, from: performance.now(), until: Infinity, isWritten: false };
      periods(of).push(period);
      const put = { TableName, Item: { ...Key(of), value } };
      const deleted = { TableName, Key: Key(of) };
      if (path === "through") await (does === "put" ? dax.put(put) : dax.delete(deleted));
      else if (does === "put") await table.send(new PutCommand(put));
      else await table.send(new DeleteCommand(deleted));
      // What was there before this write began is gone now.
      const now = performance.now();
      for (const other of before) other.until = Math.min(other.until, now);
      period.isWritten = true;
    };

    const read = async ({ does, key: of }: Read) => {
      const began = performance.now();
      const item =
        does === "get"
          ? (await dax.get({ TableName, Key: Key(of) })).Item
          : (
              await dax.query({
                TableName,
                KeyConditionExpression: "pk = :pk",
                ExpressionAttributeValues: { ":pk": Key(of).pk },
              })
            ).Items?.[0];
      const ended = performance.now();
      const value = item?.["value"] as number | undefined;
      const timeToLive = does === "get" ? TIMES.itemMilliseconds : TIMES.queryMilliseconds;
      const oldest = began - timeToLive - PRECISION_MILLISECONDS;
      const had = periods(of).filter((period) => period.value === value);
      if (!had.some(({ from, until }) => from <= ended && until >= oldest))
        wrong.push(`${does} ${of}: ${value}, in ${JSON.stringify(periods(of))}, asked at ${began}`);
      if (had.every(({ until }) => until < began)) stale += 1;
    };

    await Promise.all(
      actors.map(async (steps) => {
        for (const one of steps)
          if ("milliseconds" in one) await sleep(one.milliseconds);
          else await ("path" in one ? write(one) : read(one));
      }),
    );
    return wrong;
  }

  test("none is older than its time to live, and none was never true", async () => {
    const actor = fc.array(step, { minLength: 5, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(fc.array(actor, { minLength: 1, maxLength: 3 }), async (actors) => {
        expect(await wrongAnswers(actors)).toEqual([]);
      }),
      { numRuns: 60, endOnFailure: true },
    );
    // Else they would say nothing of the cache.
    expect(stale).toBeGreaterThan(50);
  }, 120_000);
});
