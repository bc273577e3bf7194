import { clientSettings } from "./messages-table.ts";
import { query } from "./query-protocol.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";

/** The GitHub repository that the tests' roles trust. */
export const REPOSITORY = "owner/name";

/** What a job's environment needs to be a role of an account. */
export type Credentials = Readonly<Record<string, string | undefined>>;

/**
 * Takes a role over OIDC, as a job of GitHub does: in the GitHub environment, with a token that names it.
 * @throws when the role's trust doesn't let it.
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
  const field = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(answer)?.[1];
  return {
    ...aws.environmentFor(account),
    AWS_ACCESS_KEY_ID: field("AccessKeyId"),
    AWS_SECRET_ACCESS_KEY: field("SecretAccessKey"),
    AWS_SESSION_TOKEN: field("SessionToken"),
  };
}

/** The credentials of an environment under the names that `promote` takes them by: `DEV_AWS_ACCESS_KEY_ID` and so on. */
export function prefixed(environment: string, credentials: Credentials): Record<string, string | undefined> {
  const names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
  return Object.fromEntries(names.map((name) => [`${environment.toUpperCase()}_${name}`, credentials[name]]));
}

/** How an SDK client is what the credentials say. */
export const settingsOf = (aws: EmbeddedAws, credentials: Credentials) => ({
  ...clientSettings(aws),
  credentials: {
    accessKeyId: credentials["AWS_ACCESS_KEY_ID"] ?? "",
    secretAccessKey: credentials["AWS_SECRET_ACCESS_KEY"] ?? "",
    ...(credentials["AWS_SESSION_TOKEN"] !== undefined && { sessionToken: credentials["AWS_SESSION_TOKEN"] }),
  },
});
