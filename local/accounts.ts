import { createHash } from "node:crypto";
import type { Environment } from "../config/environment.ts";

/**
 * The id of an environment's account in the embedded AWS: its configured account, or else one that is made up from its
 * name alone, so that it stays the same whatever other environments there are. The embedded AWS accepts any account id
 * as the access key of that account.
 */
export const localAccount = ({ name, account }: Pick<Environment, "name" | "account">): string =>
  account ?? madeUpAccount(name);

/** Twelve digits, the first not 0. */
function madeUpAccount(name: string): string {
  const digest = createHash("sha256").update(name).digest();
  return String(100_000_000_000 + (digest.readUIntBE(0, 6) % 900_000_000_000));
}
