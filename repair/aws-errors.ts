import { UserError } from "../config/user-error.ts";

/** AWS errors for a permission that is missing, and for credentials that expire during a long repair. */
const REFUSED = new Set(["AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException"]);

/** AWS errors for resources that don't exist. */
const NOT_THERE = new Set(["ResourceNotFoundException", "QueueDoesNotExist"]);

/**
 * Runs calls to AWS.
 * @throws UserError instead of AWS's error where the user can do something about it.
 */
export async function explained<T>(what: string, region: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const explanation = error instanceof Error ? explanationOf(error, `${what} in ${region}`) : undefined;
    if (explanation === undefined) throw error;
    throw new UserError(explanation, { cause: error });
  }
}

function explanationOf(error: Error, what: string): string | undefined {
  if (NOT_THERE.has(error.name)) return `There is no ${what} in this account. Was the environment deployed?`;
  if (REFUSED.has(error.name)) return `AWS refuses access to ${what}: ${error.name}: ${error.message}`;
  return undefined;
}
