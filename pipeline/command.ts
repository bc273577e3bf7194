import { Command, InvalidArgumentError } from "commander";
import { UserError } from "../config/user-error.ts";

// Which Node.js runs the commands is for who runs them to choose; the SDK's advice belongs in no report.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

/** Runs a command line to its end: a mistake of the user's is told without a stack, and the exit code is 1. */
export async function runCommand(command: Command): Promise<void> {
  try {
    await command.showHelpAfterError().parseAsync();
  } catch (error) {
    console.error(error instanceof UserError ? error.message : error);
    process.exitCode = 1;
  }
}

/** Reads an option's whole seconds, within bounds. */
export const seconds = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`It must be a whole number, ${least} to ${most} seconds.`);
};
