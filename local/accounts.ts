import type { Environment } from "../config/environment.ts";

/**
 * The account id of each environment in the embedded AWS: its configured account, or else a made-up one, 111111111111,
 * 222222222222 and so on. The embedded AWS accepts any account id as the access key of that account.
 */
export function localAccounts(environments: readonly Environment[]): ReadonlyMap<string, string> {
  return new Map(
    environments.map((environment, index) => [
      environment.name,
      environment.account ?? `${index + 1}`.repeat(12).slice(0, 12),
    ]),
  );
}
