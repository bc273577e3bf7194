import { UserError } from "../config/user-error.ts";

/** AWS errors for wrong or missing credentials. */
const CREDENTIALS = new Set([
  "AccessDeniedException",
  "AccessDenied",
  "CredentialsProviderError",
  "ExpiredTokenException",
  "ExpiredToken",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "UnrecognizedClientException",
]);

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
  if (NOT_THERE.has(error.name))
    return `There is no ${what} for these credentials. Are they those of the environment's account?`;
  if ("code" in error && error.code === "ECONNREFUSED")
    return `AWS can't be reached for ${what}: ${error.message}`;
  if (CREDENTIALS.has(error.name))
    return `The credentials don't reach ${what}: ${error.message} Set AWS_PROFILE or sign in.`;
  return undefined;
}
