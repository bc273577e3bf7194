import { accessTo } from "../../account/access.ts";
import { type EmbeddedAws, region } from "../../local/embedded-aws/embedded-aws.ts";
import { query } from "./query-protocol.ts";

/** The GitHub repository that the tests' roles trust. */
export const REPOSITORY = "owner/name";

/** Environment variables of a job that has assumed a role. */
export type Credentials = Readonly<Record<string, string | undefined>>;

/**
 * Assumes a role over OIDC, as a GitHub job does, with a token for the GitHub environment.
 * @throws Error when the role's trust policy denies it.
 */
export async function assumeRole(
  aws: EmbeddedAws,
  account: string,
  role: string,
  githubEnvironment: string,
): Promise<Credentials> {
  const part = (content: object) => Buffer.from(JSON.stringify(content)).toString("base64url");
  const claims = {
    iss: "https://token.actions.githubusercontent.com",
    aud: "sts.amazonaws.com",
    sub: `repo:${REPOSITORY}:environment:${githubEnvironment}`,
  };
  const answer = await query(aws, account, "sts", {
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: `arn:aws:iam::${account}:role/${role}`,
    RoleSessionName: "pipeline",
    WebIdentityToken: `${part({ alg: "none" })}.${part(claims)}.none`,
  });
  return credentialsIn(answer, aws, account);
}

/** Takes a role as the root user of its account. */
export async function takeRole(aws: EmbeddedAws, account: string, role: string): Promise<Credentials> {
  const answer = await query(aws, account, "sts", {
    Action: "AssumeRole",
    Version: "2011-06-15",
    RoleArn: `arn:aws:iam::${account}:role/${role}`,
    RoleSessionName: "analyst",
  });
  return { ...credentialsIn(answer, aws, account), AWS_REGION: region };
}

/** The credentials in an answer of STS. */
function credentialsIn(answer: string, aws: EmbeddedAws, account: string): Credentials {
  const field = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(answer)?.[1];
  return {
    ...aws.environmentFor(account),
    AWS_ACCESS_KEY_ID: field("AccessKeyId"),
    AWS_SECRET_ACCESS_KEY: field("SecretAccessKey"),
    AWS_SESSION_TOKEN: field("SessionToken"),
  };
}

/** The credentials in an environment's prefixed variables: `DEV_AWS_ACCESS_KEY_ID` and so on. */
export function prefixed(environment: string, credentials: Credentials): Record<string, string | undefined> {
  const names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
  return Object.fromEntries(names.map((name) => [`${environment.toUpperCase()}_${name}`, credentials[name]]));
}

/** Settings of an SDK client with these credentials. */
export const settingsOf = ({ endpoint }: EmbeddedAws, credentials: Credentials) => ({
  ...accessTo({ name: "pipeline", region }, credentials).client,
  endpoint,
});
