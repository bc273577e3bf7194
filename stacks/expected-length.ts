/** Attributes of a synthesized resource. */
export type Values = Readonly<Record<string, unknown>>;

/** A synthesized stack, as far as quotas are about it. */
export interface StackJson {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Values>>>>;
  readonly provider?: {
    readonly aws?: readonly { readonly default_tags?: readonly { readonly tags?: object }[] }[];
  };
}

/** Attributes that name a resource in its ARN. */
const NAMES = ["name", "alarm_name", "function_name", "bucket"];

/** The longest "arn:<partition>:<service>:<region>:<account>:<kind>/" of the resources here. */
const ARN_PREFIX = "arn:aws-us-gov:dynamodb:ap-southeast-2:123456789012:log-group:".length;
const STREAM_SUFFIX = "/stream/2026-01-01T00:00:00.000".length;
const ACCOUNT = "123456789012".length;
/** Of a resource whose id AWS assigns, as a key's. */
const ID = "00000000-0000-4000-8000-000000000000".length;

/** The length that a synthesized text has in AWS, at most: Terraform fills in its expressions later. */
export function expectedLength(text: unknown, stack: StackJson): number {
  if (typeof text !== "string") return 0;
  const expressions = text.match(/\$\{[^}]*\}/g) ?? [];
  const written = text.length - expressions.join("").length;
  return expressions.reduce((sum, expression) => sum + lengthOfExpression(expression, stack), written);
}

function lengthOfExpression(expression: string, stack: StackJson): number {
  // The account in an ARN: element(split(":", …), 4).
  if (expression.startsWith("${element(split(")) return ACCOUNT;
  const [, type = "", id = "", attribute = ""] = /^\$\{(\w+)\.([\w-]+)\.(\w+)\}$/.exec(expression) ?? [];
  const values = stack.resource?.[type]?.[id] ?? {};
  const name = NAMES.map((key) => values[key]).find((value) => typeof value === "string");
  const ownLength = name === undefined ? ID : expectedLength(name, stack);
  if (NAMES.includes(attribute)) return ownLength;
  return ARN_PREFIX + ownLength + (attribute === "stream_arn" ? STREAM_SUFFIX : 0);
}
