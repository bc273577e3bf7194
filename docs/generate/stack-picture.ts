type Attributes = Readonly<Record<string, unknown>>;

/** The resources of a synthesized stack, by type and by name. */
export type Resources = Readonly<Record<string, Readonly<Record<string, Attributes>>>>;

/** What only belongs to a resource that is drawn, and would hide the rest. Any other type is drawn. */
const HIDDEN = new Set([
  "aws_default_security_group",
  "aws_iam_policy_attachment",
  "aws_iam_role_policy",
  "aws_iam_role_policy_attachment",
  "aws_kms_alias",
  "aws_kms_key_policy",
  "aws_route_table_association",
  "aws_s3_bucket_ownership_controls",
  "aws_s3_bucket_policy",
  "aws_s3_bucket_public_access_block",
  "aws_s3_bucket_server_side_encryption_configuration",
  "aws_s3_bucket_versioning",
  "aws_security_group",
  "aws_vpc",
  "aws_vpc_security_group_egress_rule",
]);

const text = (value: unknown) =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
const list = (value: unknown) => (Array.isArray(value) ? (value as Attributes[]) : []);
const within = (value: unknown) => (value ?? {}) as Attributes;

const capacity = (table: Attributes) =>
  table["billing_mode"] === "PROVISIONED"
    ? `${text(table["read_capacity"])} read, ${text(table["write_capacity"])} write units`
    : "on-demand";

/** The lines of a node, by type. Default: the type, and the name. */
const LINES: Readonly<Record<string, (attributes: Attributes) => readonly string[]>> = {
  aws_cloudwatch_log_group: (group) => [
    "log group",
    text(group["name"]),
    `${text(group["retention_in_days"])} days`,
  ],
  aws_cloudwatch_metric_alarm: (alarm) => ["alarm", text(alarm["alarm_name"])],
  aws_dynamodb_table: (table) => [
    "table",
    text(table["name"]),
    capacity(table),
    ...list(table["global_secondary_index"]).map(({ name }) => `index ${text(name)}`),
    within(table["point_in_time_recovery"])["enabled"] === true
      ? `restorable for ${text(within(table["point_in_time_recovery"])["recovery_period_in_days"])} days`
      : "not restorable",
    table["deletion_protection_enabled"] === true ? "protected from deletion" : "can be deleted",
  ],
  aws_iam_policy: (policy) => ["policy", text(policy["name"])],
  aws_iam_role: (role) => ["role", text(role["name"])],
  aws_kms_key: () => ["KMS key"],
  aws_lambda_event_source_mapping: (trigger) => ["trigger", `${text(trigger["batch_size"])} records at most`],
  aws_lambda_function: (lambda) => [
    "function",
    text(lambda["function_name"]),
    `${text(lambda["memory_size"])} MB, ${text(lambda["timeout"])} s`,
  ],
  aws_route_table: () => ["route table"],
  aws_s3_bucket: (bucket) => ["state bucket", text(bucket["bucket"])],
  aws_sqs_queue: (queue) => ["dead-letter queue", text(queue["name"])],
  aws_subnet: (subnet) => ["subnet", text(subnet["availability_zone"]), text(subnet["cidr_block"])],
  aws_vpc_endpoint: () => ["endpoint for DynamoDB"],
};

/** What a reference from one type to another means, where the arrow says more than "uses". */
const LABELS: Readonly<Record<string, string>> = {
  "aws_lambda_event_source_mapping aws_dynamodb_table": "reads its stream",
  "aws_lambda_event_source_mapping aws_lambda_function": "invokes",
  "aws_lambda_event_source_mapping aws_sqs_queue": "failed records",
  "aws_cloudwatch_metric_alarm aws_lambda_function": "watches",
  "aws_cloudwatch_metric_alarm aws_sqs_queue": "watches",
};

/** A resource of the picture. */
interface Drawn {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly attributes: Attributes;
}

/** Draws a synthesized stack as the subgraph of a flowchart: its resources, and what refers to what. */
export function drawStack(stack: string, resources: Resources): string[] {
  const drawn = Object.entries(resources)
    .filter(([type]) => !HIDDEN.has(type))
    .flatMap(([type, named]) =>
      Object.entries(named).map(([name, attributes]) => ({ type, name, attributes })),
    )
    .map((resource, index): Drawn => ({ ...resource, id: `${stack}-${index}` }));
  const nodes = drawn.map((resource) => `${resource.id}["${linesOf(resource, drawn).join("<br/>")}"]`);
  const arrows = drawn.flatMap((from) =>
    drawn.filter((to) => refersTo(from, to)).map((to) => arrow(from, to)),
  );
  return [`subgraph ${stack}`, ...nodes, "end", ...arrows].map((line) => `  ${line}`);
}

/** The lines of a node, without those whose value only Terraform knows. */
function linesOf({ type, attributes }: Drawn, drawn: readonly Drawn[]): string[] {
  const lines = LINES[type]?.(attributes) ?? [type, text(attributes["name"])];
  return lines.map((line) => resolved(line, drawn)).filter((line) => line !== "" && !line.includes("${"));
}

/** Text with the values of other resources in the place of the references to them. */
const resolved = (line: string, drawn: readonly Drawn[]) =>
  line.replaceAll(
    /\$\{(\w+)\.([\w-]+)\.(\w+)\}/g,
    (reference, type: string, name: string, attribute: string) => {
      const other = drawn.find((resource) => resource.type === type && resource.name === name);
      return text(other?.attributes[attribute]) || reference;
    },
  );

const refersTo = ({ attributes }: Drawn, { type, name }: Drawn) =>
  JSON.stringify(attributes).includes(`\${${type}.${name}.`);

function arrow(from: Drawn, to: Drawn): string {
  const label = LABELS[`${from.type} ${to.type}`];
  return `${from.id} ${label === undefined ? "-->" : `-- ${label} -->`} ${to.id}`;
}
