import type { Plan, ResourceChange } from "../plan/plan.ts";
import { BLOCKED, type RuleFinding, type Rule } from "./rule.ts";
import { textOf } from "../plan/value.ts";

/** A stream that ends: turned off, or with another view type, which is another stream. */
export const streamChange: Rule = {
  name: "stream-change",
  reason:
    "A stream can't be changed: the old one ends, what nobody has read from it yet is never handled, and the new one has another ARN. A mapping that shows no change in the plan still reads the old one (hashicorp/terraform-provider-aws#42560).",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html",
  check: (plan) =>
    plan
      .ofType("aws_dynamodb_table")
      .filter(({ action }) => action === "update")
      .flatMap((change) => checkTable(change, plan)),
};

function checkTable(change: ResourceChange, plan: Plan): RuleFinding[] {
  const { before, after } = change;
  if (before?.["stream_enabled"] !== true) return [];
  const [oldView, newView] = [textOf(before, "stream_view_type"), textOf(after, "stream_view_type")];
  const table = textOf(before, "name") ?? change.address;
  const isOff = after?.["stream_enabled"] === false || after?.["stream_enabled"] === null;
  const isOther = newView !== undefined && oldView !== newView;
  if (!isOff && !isOther) return [];
  const what = isOff
    ? `The stream of table ${table} is turned off.`
    : `The stream of table ${table} ends, and another begins: its view type goes from ${oldView ?? "none"} to ${newView ?? "none"}.`;
  return [
    {
      change,
      level: BLOCKED,
      what: `${what} ${broken(mappingsOf(change, plan))}`,
      instead: isOff
        ? "Disable the mapping first, let its iterator age fall to zero, and take both away in one change."
        : "Stop the writers, let the mappings' iterator age fall to zero, change the view type and replace the mappings in one apply, start the writers; or read the missing image from the table in the function.",
    },
  ];
}

/** The mappings that read the table's stream, whatever the plan says of them. */
function mappingsOf({ before, address }: ResourceChange, plan: Plan): readonly ResourceChange[] {
  const stream = textOf(before, "stream_arn");
  const table = textOf(before, "arn");
  return plan.ofType("aws_lambda_event_source_mapping", "aws_pipes_pipe").filter((mapping) => {
    const source = textOf(mapping.before, "event_source_arn") ?? textOf(mapping.before, "source");
    if (source === undefined)
      return plan.references.of(mapping.address, "event_source_arn").includes(address);
    return source === stream || (table !== undefined && source.startsWith(`${table}/stream/`));
  });
}

function broken(mappings: readonly ResourceChange[]): string {
  if (mappings.length === 0) return "No mapping of this plan reads it; others may.";
  const shown = mappings.map(
    ({ address, action }) => `${address} (${action === "no-op" ? "no change shown" : action})`,
  );
  return `It breaks ${shown.join(", ")}.`;
}
