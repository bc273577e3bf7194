import type { Plan, ResourceChange } from "../plan/plan.ts";
import { blockOf, blocksOf, isSame, textOf } from "../plan/value.ts";

/** What is drawn around the tables, by type. */
const DRAWN: Readonly<Record<string, string>> = {
  aws_dynamodb_table: "table",
  aws_lambda_event_source_mapping: "trigger",
  aws_lambda_function: "function",
  aws_sqs_queue: "queue",
};

/** Where an arrow leads from and to: the attribute that holds the other's ARN or name. */
const ARROWS: readonly { type: string; attribute: string; towards: "it" | "other"; label: string }[] = [
  { type: "aws_lambda_event_source_mapping", attribute: "event_source_arn", towards: "it", label: "stream" },
  { type: "aws_lambda_event_source_mapping", attribute: "function_name", towards: "other", label: "invokes" },
  {
    type: "aws_lambda_event_source_mapping",
    attribute: "destination_config",
    towards: "other",
    label: "what fails",
  },
];

const MOST_DRAWN = 24;

/**
 * A Mermaid flowchart of the tables that change, or whose trigger, function or queue does, with their neighbours.
 * @returns undefined when nothing around a table changes but its making, or more does than a picture can show.
 */
export function drawDiagram(plan: Plan): string | undefined {
  const drawn = plan.ofType(...Object.keys(DRAWN));
  const touched = drawn.filter(({ action }) => action !== "no-op");
  if (touched.length === 0 || touched.every(({ action }) => action === "create") || drawn.length > MOST_DRAWN)
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
    "classDef gone stroke:#cf222e,stroke-width:3px",
    "classDef changed stroke:#bf8700,stroke-width:3px",
    "classDef made stroke:#1a7f37,stroke-width:3px",
  ].join("\n");
}

const CLASSES: Partial<Record<ResourceChange["action"], string>> = {
  delete: "gone",
  replace: "gone",
  forget: "gone",
  update: "changed",
  create: "made",
};

/** The resource, and for a table each index that changes. */
function nodes(change: ResourceChange, id: string): string[] {
  const attributes = change.after ?? change.before;
  const name =
    textOf(attributes, "name") ??
    textOf(attributes, "function_name") ??
    lastOf(change.path ?? change.address);
  const own = node(id, `${DRAWN[change.type] ?? change.type} ${name}`, change.action);
  return [own, ...indexNodes(change, id)];
}

function indexNodes({ type, before, after, action }: ResourceChange, id: string): string[] {
  if (type !== "aws_dynamodb_table" || action !== "update") return [];
  const named = (attributes: typeof before) =>
    new Map(
      blocksOf(attributes, "global_secondary_index").map((index) => [textOf(index, "name") ?? "", index]),
    );
  const [old, renewed] = [named(before), named(after)];
  return [...new Set([...old.keys(), ...renewed.keys()])].flatMap((index, place) => {
    const [from, to] = [old.get(index), renewed.get(index)];
    if (isSame(from, to)) return [];
    const fate = !to ? "delete" : !from ? "create" : "update";
    return [node(`${id}i${place}`, `index ${index}`, fate), `${id} --- ${id}i${place}`];
  });
}

function node(id: string, label: string, action: ResourceChange["action"]): string {
  const style = CLASSES[action];
  const fate = action === "no-op" ? "" : `<br/>${action}`;
  return `${id}["${plain(label)}${fate}"]${style === undefined ? "" : `:::${style}`}`;
}

function arrowsOf(
  change: ResourceChange,
  drawn: readonly ResourceChange[],
  plan: Plan,
  ids: ReadonlyMap<string, string>,
): string[] {
  return ARROWS.filter(({ type }) => type === change.type).flatMap(({ attribute, towards, label }) => {
    const other = otherEnd(change, attribute, drawn, plan);
    const [it, its] = [ids.get(change.address) ?? "", other && ids.get(other.address)];
    if (its === undefined) return [];
    return [towards === "it" ? `${its} -- ${label} --> ${it} ` : `${it} -- ${label} --> ${its} `];
  });
}

/** The resource that an attribute names: by its ARN or name, or, where that isn't known, as the code refers to it. */
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
  const references = plan.references.of(address, attribute);
  return drawn.find(
    (other) =>
      other.type !== type &&
      ((text !== undefined &&
        ["arn", "stream_arn", "function_name"].some((known) => textOf(other.before, known) === text)) ||
        references.includes(other.address)),
  );
}

/** What is a letter of a name in AWS; all else could be read as part of the picture. */
const plain = (label: string) => label.replaceAll(/[^\w .:/-]/g, "_");

const lastOf = (path: string) => path.split(/[/.]/).at(-1) ?? path;
