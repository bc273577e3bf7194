import { patternCovers, patternsOverlap } from "./pattern.ts";

/** The actions, resources or principals of a statement: these patterns, or all but these. */
export interface Scope {
  readonly except: boolean;
  readonly patterns: readonly string[];
}

/** A condition of a statement; operator and key in lower case. */
export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** A statement of a policy, normalized: the different ways to write it give the same value. */
export interface Statement {
  readonly effect: "Allow" | "Deny";
  readonly actions: Scope;
  readonly resources: Scope;
  /** Each as `AWS:arn:…`, `Service:…` or `*`. A policy of a role or user has none in its text: it applies to its owner. */
  readonly principals: Scope;
  readonly conditions: readonly Condition[];
}

/** A policy or statement as JSON: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
type Json = Readonly<Record<string, unknown>>;

/** Parsed policies by their text: the rules and the report parse the same ones. */
const parsed = new Map<string, readonly Statement[] | undefined>();

/** @returns undefined if the text is not a policy. */
export function parsePolicy(text: string): readonly Statement[] | undefined {
  if (!parsed.has(text)) parsed.set(text, parse(text));
  return parsed.get(text);
}

function parse(text: string): readonly Statement[] | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    const { Statement: statements } = JSON.parse(text) as Json;
    if (statements === null || typeof statements !== "object") return undefined;
    return listOf(statements as Json | readonly Json[]).map(parseStatement);
  } catch {
    return undefined;
  }
}

const parseStatement = (json: Json): Statement => ({
  effect: json["Effect"] === "Deny" ? "Deny" : "Allow",
  actions: parseScope(json, "Action", texts),
  resources: parseScope(json, "Resource", texts),
  principals: parseScope(json, "Principal", principalPatterns),
  conditions: parseConditions(json["Condition"]),
});

/** A statement without such a part (a trust policy has no resource) applies to all. */
function parseScope(json: Json, part: string, patternsIn: (value: unknown) => string[]): Scope {
  const [included, excluded] = [json[part], json[`Not${part}`]];
  return {
    except: included === undefined && excluded !== undefined,
    patterns: distinct(patternsIn(included ?? excluded ?? "*")),
  };
}

function principalPatterns(value: unknown): string[] {
  if (value === null || typeof value !== "object") return texts(value);
  return Object.entries(value).flatMap(([kind, names]) =>
    texts(names).map((name) => {
      if (kind === "AWS" && name === "*") return "*";
      // An account is said by its id, or by the ARN of its root in any partition.
      return `${kind}:${/^arn:[^:]*:iam::(\d{12}):root$/.exec(name)?.[1] ?? name}`;
    }),
  );
}

function parseConditions(value: unknown): Condition[] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value as Readonly<Record<string, Json>>).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({
      operator: operator.toLowerCase(),
      key: key.toLowerCase(),
      values: distinct(texts(values)),
    })),
  );
}

/** Whether `wide` contains everything that `narrow` contains; false if in doubt. */
export function scopeCovers(wide: Scope, narrow: Scope, covers = patternCovers): boolean {
  if (narrow.except)
    return wide.except
      ? wide.patterns.every((excluded) => narrow.patterns.some((pattern) => covers(pattern, excluded)))
      : wide.patterns.includes("*");
  return narrow.patterns.every((pattern) =>
    wide.except
      ? !wide.patterns.some((excluded) => patternsOverlap(excluded.toLowerCase(), pattern.toLowerCase()))
      : wide.patterns.some((allowed) => covers(allowed, pattern)),
  );
}

/** Like `patternCovers`, ignoring case. */
export const actionCovers = (wide: string, narrow: string): boolean =>
  wide === narrow || patternCovers(wide.toLowerCase(), narrow.toLowerCase());

/** Like `===`; an account covers every identity in it: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
export function principalCovers(wide: string, narrow: string): boolean {
  if (wide === "*" || wide === narrow) return true;
  const account = /^AWS:(\d{12})$/.exec(wide)?.[1];
  return account !== undefined && /^AWS:arn:[^:]*:iam::(\d{12}):/.exec(narrow)?.[1] === account;
}

const listOf = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? (value as readonly T[]) : [value as T];

const texts = (value: unknown): string[] => listOf(value).map(String);

const distinct = (values: readonly string[]) => [...new Set(values)].sort();

const ALL: Scope = { except: false, patterns: ["*"] };

/** A policy that allows everything to everybody. */
export const ALLOW_ALL: readonly Statement[] = [
  { effect: "Allow", actions: ALL, resources: ALL, principals: ALL, conditions: [] },
];
