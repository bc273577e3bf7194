import type { Environment } from "./environment.ts";

/** Environment variables for a child process; an undefined one is taken away. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** How the AWS SDK's clients reach an environment's account. */
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

/** How an environment's account is reached: by Terraform, and by the SDK. */
export interface Access {
  /** On top of this process's environment; undefined takes a variable away. */
  readonly env: Variables;
  readonly client: ClientSettings;
}

/** All that says who one is. */
const CREDENTIALS = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_PROFILE",
  "AWS_ROLE_ARN",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
] as const;

/**
 * The credentials for an environment. Two environments are two accounts, and a promotion needs both: `DEV_AWS_PROFILE`,
 * or `DEV_AWS_ACCESS_KEY_ID`, `DEV_AWS_SECRET_ACCESS_KEY` and `DEV_AWS_SESSION_TOKEN`, are those for dev, and so on.
 * Where none of them is set, the credentials are those that AWS's own tools would take.
 */
export function accessTo(
  environment: Pick<Environment, "name" | "region">,
  variables: Variables = process.env,
): Access {
  const prefix = `${environment.name.toUpperCase()}_`;
  const own = CREDENTIALS.filter((name) => variables[prefix + name]);
  const env: Record<string, string | undefined> = {
    AWS_REGION: environment.region,
    AWS_ENDPOINT_URL: variables["AWS_ENDPOINT_URL"],
  };
  for (const name of CREDENTIALS) env[name] = variables[(own.length > 0 ? prefix : "") + name];
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
