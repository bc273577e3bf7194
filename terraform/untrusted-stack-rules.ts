import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { isRegion } from "../config/regions.ts";
import { findExpressionFault } from "./template-expressions.ts";

/** A rule that a stack breaks, and where. */
interface Fault {
  /** In the stack's JSON. */
  readonly path: readonly PropertyKey[];
  /** Completes the sentence that begins with the path: "must be …". */
  readonly rule: string;
}

const object = { error: "must be an object" };

const file = { error: "must be a file in the stack's assets/" };
const asset = z.string().regex(/^assets(\/(?!\.{1,2}(\/|$))[\w.@-]+)+$/, file);

/** What would run a program, reach another machine or use another provider; `_` would hide attributes from the rules. */
const absent = z.never({ error: "must not be there" }).optional();

/** What CDKTF writes about a resource; the review shows the path. */
const comment = z.looseObject({ metadata: z.looseObject({ path: z.string() }).optional() });

const resource = z.looseObject(
  {
    "//": comment.optional(),
    provisioner: absent,
    connection: absent,
    // The same AWS provider in another region.
    provider: z
      .string()
      .regex(/^aws\.[a-z0-9-]+$/, { error: "must be the AWS provider" })
      .optional(),
    _: absent,
    lifecycle: z
      .strictObject(
        {
          prevent_destroy: z.boolean().optional(),
          create_before_destroy: z.boolean().optional(),
          ignore_changes: z.union([z.literal("all"), z.array(z.string())]).optional(),
        },
        object,
      )
      .optional(),
    // The attributes of the AWS provider's resources that name a file to read. A block may be called `source` too.
    filename: asset.optional(),
    zip_file: asset.optional(),
    source: z.union([asset, z.array(z.looseObject({})), z.looseObject({})], file).optional(),
  },
  object,
);

const output = z.strictObject(
  { value: z.unknown(), description: z.string().optional(), sensitive: z.boolean().optional() },
  object,
);

/** What describes the environment's tables; the stack's own resources say as much of them. */
const dataSources = z.strictObject(
  {
    aws_dynamodb_tables: z.record(z.string(), z.strictObject({ "//": comment.optional() })).optional(),
    aws_dynamodb_table: z
      .record(
        z.string(),
        z.strictObject({ "//": comment.optional(), name: z.string(), count: z.string().optional() }),
      )
      .optional(),
  },
  object,
);

/** What a stack may have: no other data source, no module, import, check, variable or local value. */
const stackSchema = z.strictObject(
  {
    "//": z.unknown().optional(),
    // Compared with those of the trusted stack.
    terraform: z.unknown().optional(),
    provider: z.unknown().optional(),
    resource: z
      .record(
        z.string().regex(/^aws_[a-z0-9_]+$/, { error: "must be a resource of the AWS provider" }),
        z.record(z.string(), resource, object),
        object,
      )
      .optional(),
    data: dataSources.optional(),
    output: z.record(z.string(), output, object).optional(),
    moved: z.array(z.strictObject({ from: z.string(), to: z.string() })).optional(),
    removed: z
      .array(z.strictObject({ from: z.string(), lifecycle: z.strictObject({ destroy: z.boolean() }) }))
      .optional(),
  },
  object,
);

/** A stack in Terraform's JSON. */
export type StackJson = z.output<typeof stackSchema>;

/**
 * A provider with tags for all of its resources, and the same for other regions. Both are settings, which a change may
 * change.
 */
const taggedProvider = z.object({
  aws: z.tuple(
    [z.looseObject({ default_tags: z.tuple([z.strictObject({ tags: z.record(z.string(), z.string()) })]) })],
    z.looseObject({ alias: z.string().refine(isRegion) }),
  ),
});

/**
 * Finds all that a stack of untrusted code must not have, before Terraform plans it with credentials: what could run
 * code, read files of the machine, send credentials elsewhere, or look at more than the stack's own resources. It lists
 * what is allowed, and refuses the rest.
 *
 * @param trusted the same stack, synthesized by trusted code: its backend and its provider are the only ones allowed.
 * @returns each fault as its place and its rule: "output.name.value must …".
 */
export function findStackFaults(stack: unknown, trusted: StackJson): string[] {
  const { error } = stackSchema.safeParse(stack);
  const { terraform, provider } = (stack ?? {}) as StackJson;
  return [
    ...(error?.issues ?? []).flatMap(describeIssue),
    ...findDifferences(terraform, trusted.terraform, ["terraform"]).map(explainProvider),
    ...findDifferences(provider, withSettingsOf(provider, trusted.provider), ["provider"]),
    ...findTextFaults(stack, []),
  ].map(describe);
}

function describe({ path, rule }: Fault): string {
  const steps = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`));
  return `${steps.join("").replace(/^\./, "") || "the stack"} ${rule}`;
}

/** The files that the resources of a stack without faults name. */
export const assetsOf = ({ resource = {} }: StackJson): string[] =>
  Object.values(resource)
    .flatMap((named) => Object.values(named))
    .flatMap(({ filename, zip_file, source }) => [filename, zip_file, source])
    .filter((file) => typeof file === "string");

function describeIssue(issue: z.core.$ZodIssue): Fault[] {
  const { path, message } = issue;
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: [...path, key], rule: "must not be there" }));
  if (issue.code === "invalid_key") return issue.issues.map(({ message: rule }) => ({ path, rule }));
  return [{ path, rule: message }];
}

function withSettingsOf(provider: unknown, trusted: unknown): unknown {
  const { data: given } = taggedProvider.safeParse(provider);
  const { data: expected } = taggedProvider.safeParse(trusted);
  if (!given || !expected) return trusted;
  const [{ default_tags }, ...others] = given.aws;
  const home = { ...expected.aws[0], default_tags };
  return { aws: [home, ...others.map(({ alias }) => ({ ...home, alias, region: alias }))] };
}

const explainProvider = ({ path, rule }: Fault): Fault =>
  path[1] === "required_providers"
    ? {
        path,
        rule: `${rule}. The code of another provider isn't trusted before it is merged: change the provider in a pull request of its own, and plan that one by hand, in its checkout`,
      }
    : { path, rule };

/** Terraform evaluates names of properties like values. */
function findTextFaults(value: unknown, path: Fault["path"]): Fault[] {
  if (typeof value === "string") {
    const rule = findExpressionFault(value);
    return rule === undefined ? [] : [{ path, rule }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const innerPath = [...path, Array.isArray(value) ? Number(name) : name];
    // Objects of JavaScript don't all have a property of that name: what the other rules see could be incomplete.
    const rule = name === "__proto__" ? "must not be there" : findExpressionFault(name);
    return [...(rule === undefined ? [] : [{ path: innerPath, rule }]), ...findTextFaults(inner, innerPath)];
  });
}

function findDifferences(given: unknown, trusted: unknown, path: Fault["path"]): Fault[] {
  if (isDeepStrictEqual(given, trusted)) return [];
  if (isObject(given) && isObject(trusted) && Array.isArray(given) === Array.isArray(trusted))
    return [...new Set([...Object.keys(trusted), ...Object.keys(given)])].flatMap((name) =>
      findDifferences(given[name], trusted[name], [...path, Array.isArray(given) ? Number(name) : name]),
    );
  const rule = trusted === undefined ? "must not be there" : `must be ${JSON.stringify(trusted)}`;
  return [
    {
      path,
      rule: `${rule}, as in this checkout (given ${given === undefined ? "nothing" : JSON.stringify(given)})`,
    },
  ];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
