import { Command, Option } from "commander";
import { UserError } from "../config/user-error.ts";
import type { RestoreOptions } from "../restore/run-restore.ts";
import { environmentOption, unitsPerSecond } from "./command-line.ts";

/** The table can be left out for a drill. */
type Options = Omit<RestoreOptions, "table"> & Partial<Pick<RestoreOptions, "table">> & { drill: boolean };

export const command = new Command("restore")
  .description(
    "restore a table beside the live one, compare the two, and copy lost items back; without --to, list what it can be restored to. " +
      "If it is stopped, the same command goes on. Exit code 0: done; 1: it failed; 2: --copy-missing found something to copy",
  )
  .addOption(environmentOption("the environment; use credentials of its account").makeOptionMandatory())
  .addOption(
    new Option("--table <name>", "the table (default: with --drill, both)").choices(["messages", "users"]),
  )
  .option(
    "--to <point>",
    'a time with its zone, like 2026-03-01T10:15:00Z; "latest"; or the ARN of a backup or of a recovery point',
  )
  .option(
    "--json",
    "print what there is, or the comparison, as JSON; the progress goes to standard error",
    false,
  )
  .option(
    "--rate <units>",
    "maximum capacity units a second of the comparison and the copy (default: half of the table's, at most 100)",
    unitsPerSecond,
  )
  .option(
    "--copy-missing",
    "show which items of the restored table would be copied back to the live one",
    false,
  )
  .option("--approve <digest>", "with --copy-missing: copy just what it showed with this digest")
  .option("--under-own-name", "restore a table that is gone, under its own name; as an administrator", false)
  .option("--remove <copy>", "remove a restored copy, with its alarms and its scaling")
  .option(
    "--confirm <name>",
    "the name that --under-own-name or --remove is about, for pipelines (default: asks at the terminal)",
  )
  .addOption(
    new Option(
      "--drill",
      "try it: restore each table, compare it with the live one, remove the copy, and keep the evidence in the state bucket. Exit code 1: it failed",
    )
      .default(false)
      .conflicts(["copyMissing", "approve", "underOwnName", "remove", "confirm"]),
  )
  .action(async ({ drill, table, ...options }: Options) => {
    if (drill) {
      const { runDrill } = await import("../restore/drill/run-drill.ts");
      process.exitCode = await runDrill({ ...options, ...(table && { table }) });
      return;
    }
    if (table === undefined) throw new UserError("--table must say which table: messages or users.");
    const { runRestore } = await import("../restore/run-restore.ts");
    process.exitCode = await runRestore({ ...options, table });
  });
