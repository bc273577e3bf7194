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
    if (!(error instanceof Error)) throw error;
    if (NOT_THERE.has(error.name))
      throw new UserError(
        `There is no ${what} in ${region} for these credentials. Are they those of the environment's account?`,
        { cause: error },
      );
    if ("code" in error && error.code === "ECONNREFUSED")
      throw new UserError(`AWS can't be reached for ${what} in ${region}: ${error.message}`, {
        cause: error,
      });
    if (CREDENTIALS.has(error.name))
      throw new UserError(
        `The credentials don't reach ${what} in ${region}: ${error.message} Set AWS_PROFILE or sign in.`,
        { cause: error },
      );
    throw error;
  }
}
