import type { Environment } from "../config/environment.ts";

/**
 * The account id of each environment in the embedded AWS: its configured account, or else a made-up one that is nobody
 * else's, 111111111111, 222222222222 and so on. The embedded AWS accepts any account id as the access key of that account.
 */
export function localAccounts(environments: readonly Environment[]): ReadonlyMap<string, string> {
  const configured = new Set(environments.map(({ account }) => account));
  const madeUp = Array.from("123456789", (digit) => digit.repeat(12)).filter((id) => !configured.has(id));
  return new Map(environments.map(({ name, account }) => [name, account ?? madeUp.shift() ?? ""]));
}
