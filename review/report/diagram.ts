import type { Plan, ResourceChange } from "../plan/plan.ts";
import { type Attributes, blockOf, blocksOf, byName, isSame, textOf } from "../plan/value.ts";
import { diagramLabel } from "./escape.ts";

/** The resource types in the diagram, with their labels. */
const LABELS: Readonly<Record<string, string>> = {
  aws_dynamodb_table: "table",
  aws_lambda_event_source_mapping: "trigger",
  aws_lambda_function: "function",
  aws_sqs_queue: "queue",
};

/** The attributes of a trigger that hold the ARN or name of another resource, each drawn as an arrow. */
const ARROWS = [
  { attribute: "event_source_arn", direction: "from", label: "stream" },
  { attribute: "function_name", direction: "to", label: "invokes" },
  { attribute: "destination_config", direction: "to", label: "failed records" },
] as const;

/** A larger diagram is unreadable. */
const MAXIMUM_RESOURCES = 24;

/**
 * Draws a Mermaid flowchart of the tables, triggers, functions and queues that change, with their neighbours.
 * @returns undefined if nothing changes, everything is created, or there are too many resources.
 */
export function drawDiagram(plan: Plan): string | undefined {
  const drawn = plan.ofType(...Object.keys(LABELS));
  const touched = drawn.filter(({ action }) => action !== "no-op");
  if (touched.every(({ action }) => action === "create") || drawn.length > MAXIMUM_RESOURCES)
    return undefined;
  const idOf = (change: ResourceChange) => `n${drawn.indexOf(change)}`;
  const arrows = plan
    .ofType("aws_lambda_event_source_mapping")
    .flatMap((trigger) => arrowsOf(trigger, drawn, plan));
  const connected = new Set([...touched, ...arrows.flatMap(({ from, to }) => [from, to])]);
  return [
    "flowchart LR",
    ...drawn
      .filter((change) => connected.has(change))
      .flatMap((change) => [
        node(idOf(change), labelOf(change), change.action),
        ...indexNodes(change, idOf(change)),
      ]),
    ...arrows.map(({ from, label, to }) => `${idOf(from)} -- ${label} --> ${idOf(to)} `),
    "classDef deleted stroke:#cf222e,stroke-width:3px",
    "classDef changed stroke:#bf8700,stroke-width:3px",
    "classDef created stroke:#1a7f37,stroke-width:3px",
  ].join("\n");
}

const CLASSES: Partial<Record<ResourceChange["action"], string>> = {
  delete: "deleted",
  replace: "deleted",
  forget: "deleted",
  update: "changed",
  create: "created",
};

function labelOf({ type, before, after, address, path = address }: ResourceChange): string {
  const attributes = after ?? before;
  const name = textOf(attributes, "name") ?? textOf(attributes, "function_name");
  return `${LABELS[type] ?? type} ${name ?? path.split(/[/.]/).at(-1) ?? path}`;
}

/** The indexes of a table that change. */
function indexNodes({ type, before, after, action }: ResourceChange, id: string): string[] {
  if (type !== "aws_dynamodb_table" || action !== "update") return [];
  const oldIndexes = byName(blocksOf(before, "global_secondary_index"));
  const newIndexes = byName(blocksOf(after, "global_secondary_index"));
  return [...new Set([...oldIndexes.keys(), ...newIndexes.keys()])].flatMap((index, place) => {
    const [from, to] = [oldIndexes.get(index), newIndexes.get(index)];
    if (isSame(from, to)) return [];
    const indexAction = !to ? "delete" : !from ? "create" : "update";
    return [node(`${id}i${place}`, `index ${index}`, indexAction), `${id} --- ${id}i${place}`];
  });
}

function node(id: string, label: string, action: ResourceChange["action"]): string {
  const style = CLASSES[action];
  const suffix = action === "no-op" ? "" : `<br/>${action}`;
  return `${id}["${diagramLabel(label)}${suffix}"]${style === undefined ? "" : `:::${style}`}`;
}

/** The arrows between a trigger and what it refers to. */
const arrowsOf = (trigger: ResourceChange, drawn: readonly ResourceChange[], plan: Plan) =>
  ARROWS.flatMap(({ attribute, direction, label }) => {
    const other = otherEnd(trigger, attribute, drawn, plan);
    if (!other) return [];
    return direction === "to" ? { from: trigger, label, to: other } : { from: other, label, to: trigger };
  });

/** The resource that an attribute refers to by ARN or name, or in the configuration if the value isn't known. */
function otherEnd(
  { type, before, after, address }: ResourceChange,
  attribute: string,
  drawn: readonly ResourceChange[],
  plan: Plan,
): ResourceChange | undefined {
  const attributes = before ?? after;
  const text =
    attribute === "destination_config"
      ? textOf(blockOf(blockOf(attributes, attribute), "on_failure"), "destination_arn")
      : textOf(attributes, attribute);
  const isNamed = (other: Attributes | undefined) =>
    text !== undefined && ["arn", "stream_arn", "function_name"].some((name) => textOf(other, name) === text);
  const references = plan.references.get(address, attribute);
  return drawn.find(
    (other) => other.type !== type && (isNamed(other.before) || references.includes(other.address)),
  );
}
