import type { Environment } from "../config/environment.ts";
import { variablePrefix } from "../config/names.ts";

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
  /** The variable that the credentials come from. Default: none; AWS's tools look in other places. */
  readonly source?: string;
}

/** Variables that an environment can have of its own, with its name as a prefix. */
const OWN_VARIABLES = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_PROFILE",
] as const;

/** Variables of a web identity, which AWS tools would use instead of a profile. */
const WEB_IDENTITY_VARIABLES = ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"] as const;

/** The variable of an environment's own name: `DEV_AWS_PROFILE`. */
export const ownVariable = ({ name }: Pick<Environment, "name">, variable: string) =>
  `${variablePrefix(name)}_${variable}`;

/**
 * Access to an environment's account, as the variables say; `checkedAccess` also checks which account that is. A
 * promotion needs the credentials of two accounts, so each environment can have its own in prefixed variables: for dev
 * `DEV_AWS_PROFILE`, or `DEV_AWS_ACCESS_KEY_ID`, `DEV_AWS_SECRET_ACCESS_KEY` and `DEV_AWS_SESSION_TOKEN`. Default, when
 * no prefixed variable is set: the variables without the prefix.
 */
export function accessTo(
  environment: Pick<Environment, "name" | "region">,
  variables: Variables = process.env,
): Access {
  const hasOwn = OWN_VARIABLES.some((name) => variables[ownVariable(environment, name)]);
  const variable = (name: string) => (hasOwn ? ownVariable(environment, name) : name);
  const env: Record<string, string | undefined> = {
    AWS_REGION: environment.region,
    AWS_ENDPOINT_URL: variables["AWS_ENDPOINT_URL"],
  };
  for (const name of OWN_VARIABLES) env[name] = variables[variable(name)];
  for (const name of WEB_IDENTITY_VARIABLES) env[name] = hasOwn ? undefined : variables[name];
  const client = clientSettings(environment.region, env);
  if (client.credentials) return { env, client, source: variable("AWS_ACCESS_KEY_ID") };
  if (client.profile !== undefined)
    return { env, client, source: `${variable("AWS_PROFILE")}=${client.profile}` };
  return { env, client };
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
