import type { Plan, ResourceChange } from "../plan/plan.ts";
import { textOf } from "../plan/value.ts";
import { BLOCKED, type Rule, type RuleFinding } from "./rule.ts";
import { nameOf } from "./wording.ts";

/** A table's stream is turned off, or replaced because of another view type. */
export const streamChange: Rule = {
  name: "stream-change",
  finds: [
    {
      level: BLOCKED,
      what: "a stream is turned off or gets another view type; with the event source mappings that this breaks, even if they show no change in the plan",
    },
  ],
  judges: { aws_dynamodb_table: ["stream_enabled", "stream_view_type"] },
  reason:
    "A stream can't be modified: the old one ends, its unread records are never processed, and the new one has a different ARN. An event source mapping that shows no change in the plan still reads the old stream (hashicorp/terraform-provider-aws#42560).",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html",
  check: (plan) => plan.updated("aws_dynamodb_table").flatMap((change) => checkTable(change, plan)),
};

function checkTable(change: ResourceChange, plan: Plan): RuleFinding | [] {
  const { before, after } = change;
  if (before?.["stream_enabled"] !== true) return [];
  const [from, to] = [textOf(before, "stream_view_type"), textOf(after, "stream_view_type")];
  const isOff = after?.["stream_enabled"] === false || after?.["stream_enabled"] === null;
  if (!isOff && (to === undefined || from === to)) return [];
  const what = isOff
    ? `The stream of table ${nameOf(change)} is turned off.`
    : `The stream of table ${nameOf(change)} is replaced: its view type changes from ${from ?? "none"} to ${to ?? "none"}.`;
  return {
    change,
    level: BLOCKED,
    what: `${what} ${describeMappings(readersOf(change, plan))}`,
    instead: isOff
      ? "First stop the writers and wait until the iterator age of each mapping is zero. Then remove the stream and its mappings in one change."
      : "Stop the writers, wait until the iterator age of each mapping is zero, change the view type and replace the mappings in one apply, then start the writers: docs/runbook.md#another-stream has the steps. Or let the function read the missing image from the table.",
  };
}

/** The event source mappings and pipes that read the table's stream, changed or not. */
function readersOf({ before, address }: ResourceChange, plan: Plan): readonly ResourceChange[] {
  const stream = textOf(before, "stream_arn");
  const table = textOf(before, "arn");
  return plan.ofType("aws_lambda_event_source_mapping", "aws_pipes_pipe").filter((mapping) => {
    const source = textOf(mapping.before, "event_source_arn") ?? textOf(mapping.before, "source");
    if (source === undefined)
      return plan.references.get(mapping.address, "event_source_arn").includes(address);
    return source === stream || (table !== undefined && source.startsWith(`${table}/stream/`));
  });
}

function describeMappings(mappings: readonly ResourceChange[]): string {
  if (mappings.length === 0) return "No event source mapping in this plan reads it; others may.";
  const readers = mappings.map(
    ({ address, action }) => `${address} (${action === "no-op" ? "no change shown" : action})`,
  );
  return `This breaks ${readers.join(", ")}.`;
}
