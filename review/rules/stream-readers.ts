import { groupBy } from "../plan/group-by.ts";
import type { Plan, ResourceChange } from "../plan/plan.ts";
import { type Attributes, textOf } from "../plan/value.ts";
import { BLOCKED, CARE, type AttributesByType, type Rule, type RuleFinding } from "./rule.ts";

/** What reads a stream, and the attribute that names it. */
const READERS: Readonly<Record<string, string>> = {
  aws_lambda_event_source_mapping: "event_source_arn",
  aws_pipes_pipe: "source",
};

/** How many may read a shard of a table's stream at once. */
const MOST = 2;

/** One more reads the stream of a table. */
export const streamReaders: Rule = {
  name: "stream-readers",
  finds: [
    { level: BLOCKED, what: `more than ${MOST} triggers and pipes read the stream of a table` },
    { level: CARE, what: "a pipe reads the stream of a table; a second trigger does" },
  ],
  judges: Object.fromEntries(
    Object.entries(READERS).map(([type, attribute]) => [type, [attribute]]),
  ) satisfies AttributesByType,
  judgesNew: Object.keys(READERS),
  reason: `DynamoDB allows ${MOST} readers of a shard at the same time, whoever they are. With more, all are throttled and fall behind.`,
  source:
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-dynamodb-streams",
  check(plan) {
    const readers = plan.ofType(...Object.keys(READERS)).filter(({ after }) => after !== undefined);
    return [...groupBy(readers, (reader) => streamOf(reader, plan) ?? "")].flatMap(([stream, all]) =>
      stream === "" ? [] : checkReaders(stream, all),
    );
  },
};

const sourceOf = (type: string, attributes: Attributes | undefined) =>
  textOf(attributes, READERS[type] ?? "");

/** The table's stream that a reader reads afterwards: its ARN, or the address of a table that is only created. */
function streamOf({ type, address, after }: ResourceChange, plan: Plan): string | undefined {
  const source = sourceOf(type, after);
  if (source !== undefined) return /:dynamodb:.*\/stream\//.test(source) ? source : undefined;
  return plan.references
    .get(address, READERS[type] ?? "")
    .find((table) => table.startsWith("aws_dynamodb_table."));
}

function checkReaders(stream: string, readers: readonly ResourceChange[]): RuleFinding[] {
  const isNew = ({ action, type, before, after }: ResourceChange) =>
    action === "create" || ![undefined, sourceOf(type, before)].includes(sourceOf(type, after));
  return readers
    .filter((reader) => isNew(reader) && (readers.length > 1 || reader.type === "aws_pipes_pipe"))
    .map((change) => ({
      change,
      level: readers.length > MOST ? BLOCKED : CARE,
      what: `${change.address} newly reads the stream ${stream}${readers.length > 1 ? `, as one of ${readers.length} in this plan` : ""}.`,
      instead:
        "Let one trigger read the stream and pass on what others need: to EventBridge, an SNS topic or a Kinesis stream.",
    }));
}
