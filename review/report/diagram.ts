import type { Plan, ResourceChange } from "../plan/plan.ts";
import { blockOf, blocksOf, isSame, textOf } from "../plan/value.ts";

/** The resource types in the diagram, with their labels. */
const LABELS: Readonly<Record<string, string>> = {
  aws_dynamodb_table: "table",
  aws_lambda_event_source_mapping: "trigger",
  aws_lambda_function: "function",
  aws_sqs_queue: "queue",
};

/** The arrows of a resource: to or from the resource whose ARN or name the attribute holds. */
const ARROWS: readonly { type: string; attribute: string; direction: "to" | "from"; label: string }[] = [
  {
    type: "aws_lambda_event_source_mapping",
    attribute: "event_source_arn",
    direction: "from",
    label: "stream",
  },
  { type: "aws_lambda_event_source_mapping", attribute: "function_name", direction: "to", label: "invokes" },
  {
    type: "aws_lambda_event_source_mapping",
    attribute: "destination_config",
    direction: "to",
    label: "failed records",
  },
];

/** A larger diagram is unreadable. */
const MAXIMUM_RESOURCES = 24;

/**
 * Draws a Mermaid flowchart of the tables, triggers, functions and queues that change, with their neighbours.
 * @returns undefined if nothing changes, everything is created, or there are too many resources.
 */
export function drawDiagram(plan: Plan): string | undefined {
  const drawn = plan.ofType(...Object.keys(LABELS));
  const touched = drawn.filter(({ action }) => action !== "no-op");
  if (
    touched.length === 0 ||
    touched.every(({ action }) => action === "create") ||
    drawn.length > MAXIMUM_RESOURCES
  )
    return undefined;
  const ids = new Map(drawn.map((change, index) => [change.address, `n${index}`] as const));
  const arrows = drawn.flatMap((change) => arrowsOf(change, drawn, plan, ids));
  const connected = drawn.filter(
    (change) =>
      touched.includes(change) || arrows.some((arrow) => arrow.includes(`${ids.get(change.address) ?? ""} `)),
  );
  return [
    "flowchart LR",
    ...connected.flatMap((change) => nodes(change, ids.get(change.address) ?? "")),
    ...arrows,
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

/** A resource, and for a table each index that changes. */
function nodes(change: ResourceChange, id: string): string[] {
  const attributes = change.after ?? change.before;
  const name =
    textOf(attributes, "name") ??
    textOf(attributes, "function_name") ??
    lastOf(change.path ?? change.address);
  return [
    node(id, `${LABELS[change.type] ?? change.type} ${name}`, change.action),
    ...indexNodes(change, id),
  ];
}

function indexNodes({ type, before, after, action }: ResourceChange, id: string): string[] {
  if (type !== "aws_dynamodb_table" || action !== "update") return [];
  const byName = (attributes: typeof before) =>
    new Map(
      blocksOf(attributes, "global_secondary_index").map((index) => [textOf(index, "name") ?? "", index]),
    );
  const [oldIndexes, newIndexes] = [byName(before), byName(after)];
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
  return `${id}["${escape(label)}${suffix}"]${style === undefined ? "" : `:::${style}`}`;
}

function arrowsOf(
  change: ResourceChange,
  drawn: readonly ResourceChange[],
  plan: Plan,
  ids: ReadonlyMap<string, string>,
): string[] {
  return ARROWS.filter(({ type }) => type === change.type).flatMap(({ attribute, direction, label }) => {
    const other = otherEnd(change, attribute, drawn, plan);
    const [id, otherId] = [ids.get(change.address) ?? "", other && ids.get(other.address)];
    if (otherId === undefined) return [];
    const [start, end] = direction === "to" ? [id, otherId] : [otherId, id];
    return [`${start} -- ${label} --> ${end} `];
  });
}

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
  const references = plan.references.get(address, attribute);
  return drawn.find(
    (other) =>
      other.type !== type &&
      ((text !== undefined &&
        ["arn", "stream_arn", "function_name"].some((known) => textOf(other.before, known) === text)) ||
        references.includes(other.address)),
  );
}

/** Replaces all characters that AWS names don't have: they could be Mermaid syntax. */
const escape = (label: string) => label.replaceAll(/[^\w .:/-]/g, "_");

const lastOf = (path: string) => path.split(/[/.]/).at(-1) ?? path;
