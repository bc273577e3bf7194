import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Environment } from "../config/environment.ts";
import { UserError } from "../config/user-error.ts";
import { type Access, ownVariable } from "./access.ts";

/** Whose credentials they are. */
export interface Caller {
  /** 12 digits. */
  readonly account: string;
  readonly arn: string;
}

/** Two attempts, so that the SDK can correct the machine's clock. */
const LIMITS = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
} as const;

/**
 * Asks AWS whose credentials these are, which needs no permission. Where there are none, the answer takes 2 seconds at
 * most: the SDK asks the metadata service of an EC2 instance last, for a second, without retries.
 * @throws UserError when there are no credentials, AWS refuses them, or nothing answers.
 */
export async function callerOf(environment: Environment, access: Access): Promise<Caller> {
  const client = new STSClient({ ...access.client, ...LIMITS });
  try {
    const { Account: account = "", Arn: arn = "" } = await client.send(new GetCallerIdentityCommand());
    return { account, arn };
  } catch (error) {
    throw new UserError(explanationOf(error as ClientError, environment, access), { cause: error });
  } finally {
    client.destroy();
  }
}

/** An error of the SDK: an answer of AWS has `$fault`, an error of the network has a code. */
type ClientError = Error & { readonly $fault?: "client" | "server"; readonly code?: string };

function explanationOf(error: ClientError, environment: Environment, { client, source }: Access): string {
  const said = error.message || (error.code ?? error.name);
  const place = client.endpoint === undefined ? undefined : `AWS_ENDPOINT_URL=${client.endpoint}`;
  if (/^(CredentialsProviderError|TokenProviderError)$/.test(error.name))
    return `${environment.name} needs credentials, and ${source === undefined ? "there are none" : `${source} gives none`}: ${said}.\n${howToGive(environment)}`;
  if (error.$fault === "client" && error.name !== "UnknownError")
    return `AWS refuses the credentials for ${environment.name}${source === undefined ? "" : ` (${source})`}: ${error.name}: ${said}\n${howToGive(environment)}`;
  if (place === undefined) return `AWS can't be reached: ${said}. Check the network.`;
  if (error.code !== undefined || error.name === "TimeoutError")
    return `Nothing answers at ${place}: ${said}. Unset it to reach AWS itself; npm start -- --keep starts an embedded AWS and prints its endpoint.`;
  return `What answers at ${place} is not AWS: ${said}. Unset it to reach AWS itself.`;
}

/** How to give the credentials of an environment's account. */
export const howToGive = (environment: Environment, account = environment.account) =>
  `Set ${ownVariable(environment, "AWS_PROFILE")}, or AWS_PROFILE without AWS_ACCESS_KEY_ID, to a profile of ` +
  `${account === undefined ? `${environment.name}'s account` : `account ${account}`}. See docs/runbook.md#account`;
