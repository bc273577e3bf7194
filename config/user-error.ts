/** An error that the user can correct; the command line prints its message without a stack trace. */
export class UserError extends Error {
  override readonly name = "UserError";
}
