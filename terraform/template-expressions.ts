/** Functions that only compute, from nothing but their arguments. None reads a file, the environment or the time. */
const FUNCTIONS = new Set([
  "cidrhost",
  "cidrsubnet",
  "concat",
  "contains",
  "element",
  "flatten",
  "join",
  "length",
  "lookup",
  "lower",
  "max",
  "merge",
  "min",
  "replace",
  "split",
  "sum",
  "tolist",
  "tomap",
  "toset",
  "tostring",
  "upper",
  "zipmap",
]);

/** What an expression may begin with besides a function: an attribute of a resource or of a described table, or a literal. */
const REFERENCE = /^(aws_\w+|data\.aws_dynamodb_tables?|each|count|true|false|null)$/;

/** Each reads one token from where it stands. A group says what is entered, left, called or referred to. */
const TOKENS = {
  template: /(?<enters>\$\{)|(?:[^$%]|[$%](?!\{))+/y,
  expression:
    /\s+|\d+|\[\*\]|==|[()[\],?:]|\.\s*(?:[A-Za-z_][\w-]*|\d+)|(?<called>[A-Za-z_][\w-]*)\s*\(|(?<referred>data\.aws_dynamodb_tables?(?=\.)|[A-Za-z_][\w-]*)|(?<enters>")|(?<leaves>\})/y,
  quoted: /(?<enters>\$\{)|(?:[^$%"\\\n]|[$%](?!\{))+|(?<leaves>")/y,
} as const;

/**
 * Checks the Terraform expressions in a string of a stack, which may be a property's name too: Terraform evaluates both.
 * Only attributes of resources and of described tables, literals, conditions and calls of harmless functions are allowed.
 * What this doesn't know is refused, `%{…}` and the escape `$${…}` included.
 *
 * Every `${` begins an expression here, whatever stands before it, and within an expression only known tokens pass. So
 * nothing that Terraform evaluates is taken for text.
 * https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#lexical-elements
 *
 * @returns what is wrong with the first expression that is refused.
 */
export function findExpressionFault(text: string): string | undefined {
  const places: (keyof typeof TOKENS)[] = ["template"];
  for (let at = 0; at < text.length;) {
    const place = places.at(-1) ?? "template";
    const pattern = TOKENS[place];
    pattern.lastIndex = at;
    const token = pattern.exec(text);
    if (!token) return `must have no expression but attributes and functions (given ${excerpt(text, at)})`;
    const { called, referred, enters, leaves } = token.groups ?? {};
    if (called !== undefined && !FUNCTIONS.has(called))
      return `must call no function but ${[...FUNCTIONS].join(", ")} (given ${called})`;
    if (referred !== undefined && !REFERENCE.test(referred))
      return `must refer only to resources, as aws_….<name>.<attribute> (given ${referred})`;
    if (leaves !== undefined) places.pop();
    if (enters !== undefined) places.push(place === "expression" ? "quoted" : "expression");
    at = pattern.lastIndex;
  }
  return places.length === 1 ? undefined : "must end each expression that it begins";
}

const excerpt = (text: string, at: number) => JSON.stringify(text.slice(at, at + 30));
