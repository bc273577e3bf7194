import type { Environment } from "./environment.ts";

/** Environment variables of a child process; an undefined value removes the variable. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Settings of the AWS SDK's clients for an environment's account. */
export interface ClientSettings {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly profile?: string;
}

/** Access to an environment's account, for Terraform and for the SDK. */
export interface Access {
  /** Added to this process's environment variables; undefined removes a variable. */
  readonly env: Variables;
  readonly client: ClientSettings;
}

/** Environment variables that determine which credentials AWS tools use. */
const CREDENTIAL_VARIABLES = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_PROFILE",
  "AWS_ROLE_ARN",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
] as const;

/**
 * Access to an environment's account. A promotion needs the credentials of two accounts, so each environment can have
 * its own in prefixed variables: for dev `DEV_AWS_PROFILE`, or `DEV_AWS_ACCESS_KEY_ID`, `DEV_AWS_SECRET_ACCESS_KEY` and
 * `DEV_AWS_SESSION_TOKEN`. Default, when no prefixed variable is set: the variables without the prefix.
 */
export function accessTo(
  environment: Pick<Environment, "name" | "region">,
  variables: Variables = process.env,
): Access {
  const prefix = `${environment.name.toUpperCase()}_`;
  const hasOwnCredentials = CREDENTIAL_VARIABLES.some((name) => variables[prefix + name]);
  const env: Record<string, string | undefined> = {
    AWS_REGION: environment.region,
    AWS_ENDPOINT_URL: variables["AWS_ENDPOINT_URL"],
  };
  for (const name of CREDENTIAL_VARIABLES) env[name] = variables[(hasOwnCredentials ? prefix : "") + name];
  return { env, client: clientSettings(environment.region, env) };
}

function clientSettings(region: string, env: Variables): ClientSettings {
  const {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_PROFILE: profile,
  } = env;
  return {
    region,
    ...(endpoint && { endpoint }),
    ...(accessKeyId && secretAccessKey
      ? { credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) } }
      : profile && { profile }),
  };
}
