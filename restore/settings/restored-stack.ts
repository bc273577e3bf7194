import { OutsideReferences } from "./outside-references.ts";
import type { Blocks, StackJson, Values } from "./stack-json.ts";

/** A resource of the synthesized stack. */
interface Block {
  readonly type: string;
  readonly id: string;
  readonly values: Values;
}

/** What belongs to a table alone, and its restored copy gets as well. */
const COPIED: ReadonlySet<string> = new Set([
  "aws_appautoscaling_policy",
  "aws_appautoscaling_scheduled_action",
  "aws_appautoscaling_target",
  "aws_cloudwatch_metric_alarm",
  "aws_dynamodb_contributor_insights",
]);

/**
 * What names a table and is not for its copy: who uses the live table, replicas, which would each be a copy of the copy,
 * and policies, which would let others read it, or let only the deploy role delete it.
 */
const LEFT: ReadonlySet<string> = new Set([
  "aws_backup_selection",
  "aws_cloudwatch_composite_alarm",
  "aws_cloudwatch_dashboard",
  "aws_dynamodb_resource_policy",
  "aws_dynamodb_table_replica",
  "aws_iam_policy",
  "aws_iam_role",
  "aws_iam_role_policy",
  "aws_kms_key_policy",
  "aws_lambda_event_source_mapping",
  "aws_lambda_function",
  "aws_scheduler_schedule",
  "aws_sns_topic_policy",
  "aws_vpc_endpoint",
]);

/** Names of a table and of its restored copy. */
export interface Copy {
  readonly live: string;
  readonly own: string;
  readonly name: string;
}

/**
 * The part of a synthesized stack that is about one table, for its restored copy: the table, imported, its scaling, alarms
 * and Contributor Insights, with the copy's name. The state is local; nothing prevents that the copy is destroyed later.
 * @param topicArn the ARN of an SNS topic of the environment, by its name.
 * @throws Error when the stack has something about the table of which it isn't known whether a copy gets it.
 */
export function restoredStack(stack: StackJson, copy: Copy, topicArn: (name: string) => string): object {
  const resources = blocksOf(stack.resource);
  const table = resources.find(
    ({ type, values }) => type === "aws_dynamodb_table" && values["name"] === copy.live,
  );
  if (!table) throw new Error(`the stack has no table ${copy.live}`);
  const included = withDependents(table, resources);
  const data = blocksOf(stack.data ?? {}).filter((block) =>
    included.some((one) => refersTo(one, block, "data.")),
  );
  const lists = blocksOf(stack.data ?? {}).filter((block) =>
    data.some((one) => refersTo(one, block, "data.")),
  );
  const outside = new OutsideReferences(stack.resource, topicArn);
  const text = JSON.stringify({
    ...toBlocks(
      "resource",
      included.map((block) => (block === table ? freed(block) : renamedAlarm(block, copy))),
    ),
    ...toBlocks("data", [...data, ...lists]),
  });
  const resolved = outside.resolve(withName(text, copy), new Set(included.map(addressOf)));
  const parsed = JSON.parse(resolved) as { data?: Record<string, object> };
  const { required_providers } = stack.terraform;
  return {
    terraform: { required_providers, backend: { local: {} } },
    provider: { aws: stack.provider.aws.filter(({ alias }) => alias === undefined) },
    ...parsed,
    data: { ...parsed.data, ...outside.data },
    import: [{ to: addressOf(table), id: copy.name }],
  };
}

const addressOf = ({ type, id }: Pick<Block, "type" | "id">) => `${type}.${id}`;

const blocksOf = (blocks: Blocks): Block[] =>
  Object.entries(blocks).flatMap(([type, byId]) =>
    Object.entries(byId).map(([id, values]) => ({ type, id, values })),
  );

function toBlocks(kind: "resource" | "data", blocks: readonly Block[]) {
  const byType: Record<string, Record<string, Values>> = {};
  for (const { type, id, values } of blocks) (byType[type] ??= {})[id] = values;
  return { [kind]: byType };
}

const refersTo = ({ values }: Block, other: Block, prefix = "") =>
  new RegExp(`\\b${prefix.replace(".", "\\.")}${addressOf(other).replace(".", "\\.")}\\b(?!-)`).test(
    JSON.stringify(values),
  );

/** The table, and what refers to it, or to what refers to it. */
function withDependents(table: Block, resources: readonly Block[]): Block[] {
  const included = [table];
  for (const block of included)
    for (const other of resources) {
      if (included.includes(other) || !refersTo(other, block)) continue;
      if (COPIED.has(other.type)) included.push(other);
      else if (!LEFT.has(other.type))
        throw new Error(`it isn't known whether a restored table gets ${addressOf(other)}`);
    }
  return included;
}

/** The table without what is for the live one only. */
function freed({ values, ...block }: Block): Block {
  const { lifecycle: _, ...rest } = values;
  return { ...block, values: rest };
}

/** A table that is restored under its own name keeps its alarms. */
function renamedAlarm({ values, ...block }: Block, { live, own, name }: Copy): Block {
  const { alarm_name } = values;
  if (typeof alarm_name !== "string" || name === live) return { ...block, values };
  return { ...block, values: { ...values, alarm_name: alarm_name + name.slice(own.length) } };
}

/** Where the table's name is a value, or a text within an expression. */
const withName = (json: string, { live, name }: Copy) =>
  json.replaceAll(`"${live}"`, `"${name}"`).replaceAll(`\\"${live}\\"`, `\\"${name}\\"`);
