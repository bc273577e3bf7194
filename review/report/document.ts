import { z } from "zod";

/**
 * The version of a review's JSON. It goes up when a property is taken away or means something else; new properties
 * may come without that.
 */
export const DOCUMENT_VERSION = 1;

const level = z.enum(["blocked", "care"]);

const exception = z.strictObject({
  reason: z.string(),
  approver: z.string(),
  /** The last day on which it holds. */
  expires: z.string(),
});

const finding = z.strictObject({
  /** The rule's name; what an exception has to name. */
  rule: z.string(),
  level,
  address: z.string(),
  /** The path of constructs that makes the resource, where the code is known. */
  path: z.string().optional(),
  /** What happens. */
  what: z.string(),
  /** Why it matters. */
  why: z.string(),
  /** What to do instead. */
  instead: z.string(),
  /** Where that is written. */
  source: z.string(),
  /** Present where the change itself takes the finding into account: it then weighs one level less. */
  exception: exception.optional(),
});

const difference = z.strictObject({
  /** The attribute, a list's items by their names: `global_secondary_index[by-user].read_capacity`. */
  attribute: z.string(),
  kind: z.enum(["added", "removed", "changed", "reordered"]),
  /** As text; never a secret. */
  before: z.string().optional(),
  after: z.string().optional(),
});

const changed = z.strictObject({
  address: z.string(),
  path: z.string().optional(),
  type: z.string(),
  action: z.enum(["create", "update", "replace", "delete", "forget", "read", "import", "move"]),
  /** For a move, where it was. */
  previousAddress: z.string().optional(),
  differences: z.array(difference),
});

/** What a review says of a plan. */
export const reviewDocument = z.strictObject({
  version: z.literal(DOCUMENT_VERSION),
  /** blocked: not to be applied. care: a person has to look. safe: nothing found, or nothing to do. */
  verdict: z.enum(["blocked", "care", "safe"]),
  /** Whether the plan changes anything in AWS or in the outputs. */
  changes: z.boolean(),
  /** What was planned: an environment's name, or the file's. */
  subject: z.string(),
  /** Whether findings were judged as where data is protected, and how that is known. */
  protection: z.strictObject({ protected: z.boolean(), because: z.string() }),
  findings: z.array(finding),
  /** Resources by what happens to them. */
  summary: z.record(z.string(), z.int()),
  resources: z.array(changed),
  outputs: z.array(difference),
  /** What has to be known beside: parts that could not be judged, and why. */
  notes: z.array(z.string()),
  /** A Mermaid flowchart of what changes around the tables; absent where nothing does. */
  picture: z.string().optional(),
});

export type ReviewDocument = z.output<typeof reviewDocument>;
export type Finding = z.output<typeof finding>;
export type Difference = z.output<typeof difference>;
export type ChangedResource = z.output<typeof changed>;
export type Verdict = ReviewDocument["verdict"];

/** The document's JSON Schema, for those who read it by machine. */
export const reviewJsonSchema = () => z.toJSONSchema(reviewDocument);
