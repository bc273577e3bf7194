import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { environmentNamed } from "../config/load-environments.ts";
import { errorMessage } from "./error-message.ts";

// Which Node.js runs the commands is for who runs them to choose; the SDK's advice belongs in no report.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

/** Runs a command line to its end. An error is printed as `errorMessage` says it, and the exit code is 1. */
export async function runCommandLine(command: Command): Promise<void> {
  for (const one of command.commands)
    one.showHelpAfterError(`See: ${command.name()} ${one.name()} -- --help`);
  try {
    await command.showHelpAfterError().parseAsync();
  } catch (error) {
    console.error(errorMessage(error));
    process.exitCode = 1;
  }
}

/** An argument that is the name of an environment of this project, read as that environment. */
export const environmentArgument = (description = "one of config/environments/", name = "<environment>") =>
  new Argument(name, description).argParser((name: string) => environmentNamed(name));

/** The same as an option. */
export const environmentOption = (description: string, flags = "--environment <name>") =>
  new Option(flags, description).argParser((name: string) => environmentNamed(name));

/** Reads an option's whole number of seconds, both bounds included. */
export const seconds = (minimum: number, maximum: number) => (text: string) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  throw new InvalidArgumentError(`It must be a whole number, ${minimum} to ${maximum} seconds.`);
};

const MAXIMUM_ROWS = 1_000_000;

/** Reads an option's number of rows. */
export function rowCount(text: string): number {
  const rows = Number(text);
  if (Number.isInteger(rows) && rows >= 1 && rows <= MAXIMUM_ROWS) return rows;
  throw new InvalidArgumentError(`It must be a whole number, 1 to ${MAXIMUM_ROWS} rows.`);
}

const MAXIMUM_UNITS = 40_000;

/** Reads an option's capacity units a second. */
export function unitsPerSecond(text: string): number {
  const units = Number(text);
  if (units > 0 && units <= MAXIMUM_UNITS) return units;
  throw new InvalidArgumentError(
    `It must be more than 0 and at most ${MAXIMUM_UNITS} capacity units a second.`,
  );
}
