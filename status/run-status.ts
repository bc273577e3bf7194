import { checkedAccess } from "../account/checked-access.ts";
import type { Environment } from "../config/environment.ts";
import { formatStatus } from "./format-status.ts";
import { readStatus } from "./read-status.ts";

/**
 * Prints how messaging is in an environment.
 * @returns the exit code: 0 it is healthy, 1 it is ill.
 * @throws UserError when the credentials are not of the environment's account.
 */
export async function runStatus(
  environment: Environment,
  { json }: { readonly json: boolean },
): Promise<number> {
  const { client } = await checkedAccess(environment);
  const status = await readStatus(environment, client);
  console.log(json ? JSON.stringify(status, null, 2) : formatStatus(status).join("\n"));
  return status.faults.length === 0 ? 0 : 1;
}
