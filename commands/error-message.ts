import { resolve } from "node:path";
import { types } from "node:util";
import { UserError } from "../config/user-error.ts";

/**
 * What the command line prints of an error: a sentence, where it is a user's mistake, an answer of AWS's, no answer, or
 * about a path that was given; everything else is a mistake of this project, and is printed with its stack.
 * @param given the parameters of the command line.
 */
export function errorMessage(error: unknown, given: readonly string[] = process.argv.slice(2)): unknown {
  if (error instanceof UserError) return error.message;
  if (!types.isNativeError(error)) return error;
  const { name, message, code, path, $fault, $metadata }: ForeignError = error;
  const said = message.replace(/\.$/, "");
  if ($fault !== undefined && $metadata) {
    const request = $metadata.requestId === undefined ? "" : ` (request ${$metadata.requestId})`;
    if (REFUSALS.test(name))
      return `AWS refuses: ${name}: ${said}${request}.\nThe credentials lack that permission, or have expired. See docs/runbook.md#permission`;
    return `AWS answers with an error: ${name}: ${said}${request}.`;
  }
  if (CREDENTIALS.test(name))
    return `There are no credentials any more: ${said}. See docs/runbook.md#account`;
  if ($metadata && (code !== undefined || name === "TimeoutError"))
    return `AWS can't be reached: ${said || (code ?? name)}. Check the network, and try again.`;
  if (code !== undefined && path !== undefined && given.some((one) => isWithin(path, one))) return `${said}.`;
  return error;
}

/** What the errors of the AWS SDK and of Node.js have: an answer of AWS has `$fault`, and every call `$metadata`. */
type ForeignError = Error & {
  readonly code?: string;
  readonly path?: string;
  readonly $fault?: string;
  readonly $metadata?: { readonly requestId?: string };
};

/** AWS errors for a permission that is missing, and for credentials that have expired. */
const REFUSALS = /^(AccessDenied|ExpiredToken|UnauthorizedOperation|NotAuthorized|AuthorizationError)/;

/** The SDK's errors when it finds no credentials. */
const CREDENTIALS = /^(CredentialsProviderError|TokenProviderError)$/;

/** @param parameter a path, or an option with one: `--out=folder`. */
const isWithin = (path: string, parameter: string) =>
  `${resolve(path)}/`.startsWith(`${resolve(parameter.replace(/^--[^=]+=/, ""))}/`);
