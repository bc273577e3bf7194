import { isFixed, isFixedName } from "./restriction.ts";
import type { Condition } from "./statement.ts";

/**
 * Those who may assume a role by a token, if its trust policy doesn't say which of them: everybody's pipelines, everybody
 * with an account at a public service, all users of one's own provider, or those who don't sign in.
 */
export type Strangers = "pipelines" | "everybody" | "users" | "guests";

/** Services that give tokens to pipelines: to anybody's, or to all of one organization. */
const PIPELINES =
  /^(token\.actions\.githubusercontent\.com|gitlab\.com|[^/]*gitlab[^/]*|api\.bitbucket\.org|oidc\.circleci\.com|app\.(eu\.)?terraform\.io|agent\.buildkite\.com|oidc\.vercel\.com|vstoken\.dev\.azure\.com|api\.pulumi\.com|[^/]*\.app\.spacelift\.io|oidc\.codefresh\.io|[^/]*\.semaphoreci\.com|oidc\.fly\.io|[^/]*scalr\.io)(\/|$)/;

/** Services that give tokens to everybody, for any application; without an `aud` their tokens are anybody's. */
const PUBLIC =
  /^(accounts\.google\.com|graph\.facebook\.com|www\.amazon\.com|cognito-identity\.amazonaws\.com)$/;

/** Claims beside `sub` that name a repository, a project or an organization. */
const OWNER_CLAIM =
  /^(repository(_id|_owner|_owner_id)?|job_workflow_ref|enterprise(_id)?|(project|namespace|workspace|organization)(_id|_path|_name)?|terraform_\w+_(id|name))$/;

/** The part of a `sub` that names such an owner in full: `repo:owner/`, `organization:name:`, `{id of the repository}`. */
const OWNER =
  /(^|[:/])(repo(sitory\w*)?|job_workflow_ref|enterprise(_id)?|organization|org|owner(_id)?|project(_path|_id)?|namespace_\w+|space|sc:\/)[:/][^:/@*?]+[:/@]|^\{[^{}*?]+\}/;

/**
 * Finds strangers that a statement of a trust policy lets in.
 * @param principal as in a statement: `Federated:…`.
 * @returns undefined if it names who may come, or isn't about tokens.
 */
export function findStrangers(principal: string, conditions: readonly Condition[]): Strangers | undefined {
  const issuer = /^Federated:(?:arn:[^:]*:iam::\d*:oidc-provider\/)?([^:]+)$/.exec(principal)?.[1];
  if (issuer === undefined) return undefined;
  const claims = conditions
    .filter(({ key }) => key.startsWith(`${issuer.toLowerCase()}:`))
    .map((condition) => ({ ...condition, key: condition.key.slice(issuer.length + 1) }));
  if (PIPELINES.test(issuer)) return claims.some(namesOwner) ? undefined : "pipelines";
  if (!claims.some(namesUser)) return PUBLIC.test(issuer) ? "everybody" : "users";
  const isGuestless = claims.some(
    ({ key, values }) => key === "amr" && !values.some((value) => /unauthenticated|\*/.test(value)),
  );
  return issuer === "cognito-identity.amazonaws.com" && !isGuestless ? "guests" : undefined;
}

const namesOwner = (claim: Condition) =>
  claim.key === "sub"
    ? isFixed(claim, (sub) => OWNER.test(literalPart(sub)))
    : OWNER_CLAIM.test(claim.key) && isFixed(claim);

/** Every service of AWS asks for tokens for `sts.amazonaws.com`, so that audience says nothing. */
const namesUser = (claim: Condition) =>
  claim.key !== "amr" &&
  isFixed(claim, (value) =>
    /^(aud|app_id)$/.test(claim.key) ? !/[*?]|^sts\.amazonaws\.com/.test(value) : isFixedName(value),
  );

/** The text before the first wildcard; the end of a text without one ends its last name. */
const literalPart = (pattern: string) => /^[^*?]*(?=[*?])/.exec(pattern)?.[0] ?? `${pattern}:`;
