import {
  type AttributeValue,
  type DynamoDBClient,
  DynamoDBServiceException,
  ProvisionedThroughputExceededException,
  QueryCommand,
  TransactionCanceledException,
} from "@aws-sdk/client-dynamodb";
import type { Call } from "./recording-client.ts";

/** Faults of a call that remain after the SDK's retries. */
export const faults = [
  "throttled",
  "conflict",
  "timeout",
  "reset",
  "denied",
  "answer-lost",
  "crash-before",
  "crash-after",
] as const;
export type Fault = (typeof faults)[number];

/** The process ended during this call. */
export class Crash extends Error {}

type Row = Record<string, AttributeValue>;

/** Returns the rows that a stale index shows, from the current rows and the rows of earlier queries. */
export type StaleIndex = (now: Row[], earlier: readonly Row[][]) => Row[];

/**
 * A client with faults and a stale index. Calls without a fault are made by the real client.
 *
 * @param nextFault returns the fault of the next call, or undefined for none.
 * @param stale returns what an index query shows. Default: the current rows.
 * @param shown rows that earlier index queries showed, by conversation.
 */
export function unreliable(
  client: DynamoDBClient,
  nextFault: () => Fault | undefined,
  stale: StaleIndex = (now) => now,
  shown = new Map<string, Row[][]>(),
): DynamoDBClient {
  let crashed = false;
  const seeIndex = (command: QueryCommand, rows: Row[]): Row[] => {
    const conversation = command.input.ExpressionAttributeValues?.[":conversation"]?.S ?? "";
    const earlier = shown.get(conversation) ?? [];
    shown.set(conversation, [...earlier, rows]);
    return stale(rows, earlier);
  };
  const send = async (command: Call, options?: object): Promise<unknown> => {
    if (crashed) throw new Crash();
    const fault = nextFault();
    if (fault === "crash-before") crashed = true;
    if (crashed) throw new Crash();
    if (fault !== undefined && !fault.endsWith("-after") && fault !== "answer-lost")
      throw errorOf(fault, command);
    const answer = await client.send(command as QueryCommand, options as never);
    if (fault === "crash-after") crashed = true;
    if (fault === "crash-after") throw new Crash();
    if (fault === "answer-lost") throw new Error("socket hang up");
    if (command instanceof QueryCommand && command.input.IndexName !== undefined)
      return { ...answer, Items: seeIndex(command, answer.Items ?? []) };
    return answer;
  };
  return { send } as unknown as DynamoDBClient;
}

function errorOf(fault: Fault, command: Call): Error {
  const about = { $metadata: { httpStatusCode: 400, requestId: "request", attempts: 4 }, message: fault };
  switch (fault) {
    case "conflict":
      if (!("TransactItems" in command.input)) return new ProvisionedThroughputExceededException(about);
      return new TransactionCanceledException({
        ...about,
        CancellationReasons: (command.input.TransactItems ?? []).map((_, index) => ({
          Code: index === 0 ? "TransactionConflict" : "None",
        })),
      });
    case "throttled":
      return new ProvisionedThroughputExceededException(about);
    case "denied":
      return new DynamoDBServiceException({ ...about, name: "AccessDeniedException", $fault: "client" });
    default:
      return Object.assign(new Error(fault), { name: fault === "timeout" ? "TimeoutError" : "ECONNRESET" });
  }
}
