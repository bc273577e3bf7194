import { z } from "zod";

/**
 * The version of a review's JSON. It is raised if a property is removed or changes its meaning, but not for a new
 * property.
 */
export const DOCUMENT_VERSION = 1;

const level = z.enum(["blocked", "care"]);

const exception = z.strictObject({
  reason: z.string(),
  approver: z.string(),
  /** The last day on which it is valid, in UTC. */
  expires: z.string(),
});

const finding = z.strictObject({
  /** The rule's name; exceptions refer to it. */
  rule: z.string(),
  level,
  address: z.string(),
  /** The path of the construct that creates the resource, if the code is known. */
  path: z.string().optional(),
  /** What happens. */
  what: z.string(),
  /** Why it matters. */
  why: z.string(),
  /** What to do instead. */
  instead: z.string(),
  /** A link to the documentation behind it. */
  source: z.string(),
  /** Present if the change brings an exception for the finding, which lowers it by one level. */
  exception: exception.optional(),
});

const difference = z.strictObject({
  /** The attribute; list items by their names: `global_secondary_index[by-user].read_capacity`. */
  attribute: z.string(),
  kind: z.enum(["added", "removed", "changed", "reordered"]),
  /** As text; secrets are hidden. */
  before: z.string().optional(),
  after: z.string().optional(),
});

const changed = z.strictObject({
  address: z.string(),
  path: z.string().optional(),
  type: z.string(),
  action: z.enum(["create", "update", "replace", "delete", "forget", "read", "import", "move", "unknown"]),
  /** The address before a move. */
  previousAddress: z.string().optional(),
  /** The attributes that force a replacement, if any does. */
  forcedBy: z.array(z.string()).optional(),
  /** Of a new resource the attributes that matter, of a deleted one its name. */
  differences: z.array(difference),
});

const destroyed = z.strictObject({
  address: z.string(),
  type: z.string(),
  /** Its name or id in AWS, if the plan says it. */
  name: z.string().optional(),
});

/** A replacement counts as add and as destroy. */
const counts = z.strictObject({
  add: z.int(),
  change: z.int(),
  destroy: z.int(),
  import: z.int(),
  forget: z.int(),
});

/** The review of a plan. */
export const reviewDocument = z.strictObject({
  version: z.literal(DOCUMENT_VERSION),
  /** blocked: must not be applied. care: a person has to look at it. safe: no findings, or no changes. */
  verdict: z.enum(["blocked", "care", "safe"]),
  /** Whether the plan changes anything in AWS or in the outputs. */
  changes: z.boolean(),
  /** What the plan is for: an environment, or the name of the file. */
  subject: z.string(),
  /** The commit that was planned, if it is known. */
  commit: z.string().optional(),
  /** When the plan was made; when it was reviewed, if the plan doesn't say. */
  planned: z.iso.datetime(),
  /** Whether data is protected, which raises the level of some findings, and how the review knows. */
  protection: z.strictObject({ protected: z.boolean(), because: z.string() }),
  findings: z.array(finding),
  /** The number of resources as Terraform counts them. */
  counts,
  /** The resources that are deleted or replaced. */
  destroyed: z.array(destroyed),
  /** The number of resources by what happens to them. */
  summary: z.record(z.string(), z.int()),
  resources: z.array(changed),
  outputs: z.array(difference),
  /** Remarks about the plan, such as why it is incomplete. */
  notes: z.array(z.string()),
  /** A Mermaid flowchart of the changes around the tables, if there are any. */
  picture: z.string().optional(),
});

export type ReviewDocument = z.output<typeof reviewDocument>;
export type Finding = z.output<typeof finding>;
export type Difference = z.output<typeof difference>;
export type ChangedResource = z.output<typeof changed>;
export type Verdict = ReviewDocument["verdict"];

/** The JSON Schema of the document. */
export const reviewJsonSchema = () => z.toJSONSchema(reviewDocument);
