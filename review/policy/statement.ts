import { patternCovers, patternsOverlap } from "./pattern.ts";

/** What a part of a statement speaks of: these patterns, or all but these. */
export interface Scope {
  readonly except: boolean;
  readonly patterns: readonly string[];
}

/** A condition of a statement, in small letters but for its values. */
export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** A statement of a policy, all ways to write the same made one. */
export interface Statement {
  readonly effect: "Allow" | "Deny";
  readonly actions: Scope;
  readonly resources: Scope;
  /** Each as `AWS:arn:…`, `Service:…` or `*`. A policy of a role or user has none: it speaks of its owner alone. */
  readonly principals: Scope;
  readonly conditions: readonly Condition[];
}

/** A policy as JSON: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
type Json = Readonly<Record<string, unknown>>;

/** Policies that were read: the rules and the differences read the same ones. */
const known = new Map<string, readonly Statement[] | undefined>();

/** @returns undefined when the text is no policy. */
export function parsePolicy(text: string): readonly Statement[] | undefined {
  if (!known.has(text)) known.set(text, read(text));
  return known.get(text);
}

function read(text: string): readonly Statement[] | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    const { Statement: given } = JSON.parse(text) as Json;
    if (given === null || typeof given !== "object") return undefined;
    return listOf(given as Json | readonly Json[]).map(statement);
  } catch {
    return undefined;
  }
}

function statement(json: Json): Statement {
  return {
    effect: json["Effect"] === "Deny" ? "Deny" : "Allow",
    actions: scope(json, "Action"),
    resources: scope(json, "Resource"),
    principals: principals(json),
    conditions: conditions(json["Condition"]),
  };
}

/** A part that a statement leaves out (a trust policy has no resource) speaks of all. */
function scope(json: Json, part: string): Scope {
  const [given, exception] = [json[part], json[`Not${part}`]];
  const patterns = given ?? exception ?? "*";
  return {
    except: given === undefined && exception !== undefined,
    patterns: distinct(texts(patterns)),
  };
}

function principals(json: Json): Scope {
  const [given, exception] = [json["Principal"], json["NotPrincipal"]];
  return {
    except: given === undefined && exception !== undefined,
    patterns: distinct(principalPatterns(given ?? exception ?? "*")),
  };
}

function principalPatterns(given: unknown): string[] {
  if (given === null || typeof given !== "object") return texts(given);
  return Object.entries(given).flatMap(([kind, names]) =>
    texts(names).map((name) => {
      if (kind === "AWS" && name === "*") return "*";
      return `${kind}:${kind === "AWS" && /^\d{12}$/.test(name) ? `arn:aws:iam::${name}:root` : name}`;
    }),
  );
}

function conditions(given: unknown): Condition[] {
  if (given === null || typeof given !== "object") return [];
  return Object.entries(given as Readonly<Record<string, Json>>).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({
      operator: operator.toLowerCase(),
      key: key.toLowerCase(),
      values: distinct(texts(values)),
    })),
  );
}

/** Whether every pattern of `narrow` lies within `wide`. */
export function scopeCovers(wide: Scope, narrow: Scope, within = patternCovers): boolean {
  if (narrow.except)
    return wide.except
      ? wide.patterns.every((excluded) => narrow.patterns.some((pattern) => within(pattern, excluded)))
      : wide.patterns.includes("*");
  return narrow.patterns.every((pattern) =>
    wide.except
      ? !wide.patterns.some((excluded) => patternsOverlap(excluded.toLowerCase(), pattern.toLowerCase()))
      : wide.patterns.some((allowed) => within(allowed, pattern)),
  );
}

/** Capitals don't count in actions. */
export const actionCovers = (wide: string, narrow: string): boolean =>
  wide === narrow || patternCovers(wide.toLowerCase(), narrow.toLowerCase());

/** An account's root stands for every identity in it: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
export function principalCovers(wide: string, narrow: string): boolean {
  if (wide === "*" || wide === narrow) return true;
  const account = /^AWS:(arn:[^:]*:iam::\d{12}:)root$/.exec(wide)?.[1];
  return account !== undefined && narrow.startsWith(`AWS:${account}`);
}

const listOf = <T>(given: T | readonly T[]): readonly T[] =>
  Array.isArray(given) ? (given as readonly T[]) : [given as T];

const texts = (given: unknown): string[] => listOf(given).map(String);

const distinct = (given: readonly string[]) => [...new Set(given)].sort();
