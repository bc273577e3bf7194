import type { Environment } from "../config/environment.ts";

/**
 * The account of each environment within the embedded AWS: its own where it says one, else one that is made up,
 * 111111111111, 222222222222, … In there, an account is whoever signs with its id.
 */
export function localAccounts(environments: readonly Environment[]): ReadonlyMap<string, string> {
  return new Map(
    environments.map((environment, index) => [
      environment.name,
      environment.account ?? `${index + 1}`.repeat(12).slice(0, 12),
    ]),
  );
}
