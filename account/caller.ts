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
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 2_500, throwOnRequestTimeout: true },
} as const;

/**
 * Asks AWS whose credentials these are, which needs no permission. Where there are none, the answer takes 2 seconds at
 * most: the SDK asks the metadata service of an EC2 instance last, for a second, without retries.
 * @throws UserError when there are no credentials, AWS refuses them, or nothing answers.
 */
export async function callerOf(environment: Environment, access: Access): Promise<Caller> {
  const client = new STSClient({ ...access.client, ...LIMITS });
  try {
    const { Account: account, Arn: arn = "" } = await client.send(new GetCallerIdentityCommand());
    if (account === undefined) throw new Error("it doesn't say whose credentials these are");
    return { account, arn };
  } catch (error) {
    throw new UserError(explanationOf(error as ClientError, environment, access), { cause: error });
  } finally {
    client.destroy();
  }
}

/** An error of the SDK: an answer has a status, an error of the network a code. */
type ClientError = Error & {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly code?: string;
};

/** What STS answers to credentials that are wrong, expired or not allowed. */
const REFUSALS = new Set([400, 401, 403]);

function explanationOf(error: ClientError, environment: Environment, { client, source }: Access): string {
  const { name } = environment;
  const timedOut = error.name === "TimeoutError";
  const said = timedOut ? "timed out" : (error.message || (error.code ?? error.name)).replace(/\.$/, "");
  if (/^(CredentialsProviderError|TokenProviderError)$/.test(error.name)) {
    const found = source === undefined ? "there are none" : `${source} gives none`;
    return `${name} needs credentials, and ${found}: ${said}.\n${howToGive(environment)}`;
  }
  if (REFUSALS.has(error.$metadata?.httpStatusCode ?? 0)) {
    const which = source === undefined ? "" : ` (${source})`;
    return `AWS refuses the credentials for ${name}${which}: ${error.name}: ${said}.\n${howToGive(environment)}`;
  }
  if (client.endpoint === undefined) return `AWS can't be reached: ${said}. Check the network.`;
  const place = `AWS_ENDPOINT_URL=${client.endpoint}`;
  if (timedOut || error.code !== undefined)
    return `Nothing answers at ${place}: ${said}. Unset it to reach AWS itself, or to let npm start make an embedded AWS.`;
  return `What answers at ${place} is not AWS: ${error.name}: ${said}. Unset it to reach AWS itself.`;
}

/** How to give the credentials of an environment's account. */
export const howToGive = (environment: Environment, account = environment.account) =>
  `Set ${ownVariable(environment, "AWS_PROFILE")}, or AWS_PROFILE without AWS_ACCESS_KEY_ID, to a profile of ` +
  `${account === undefined ? `${environment.name}'s account` : `account ${account}`}. See docs/runbook.md#account`;
