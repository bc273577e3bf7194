import type { Command } from "commander";
import { type RedriveOptions, runRedrive } from "./repair/redrive-command.ts";
import { type RepairOptions, runRepair, unitsPerSecond } from "./repair/repair-command.ts";

/** Adds what puts right, by hand, what the trigger could not. */
export function addRepairCommands(program: Command): void {
  program
    .command("repair")
    .description(
      "bring every conversation row to its newest message, from the table alone; safe beside live traffic. " +
        "Exit code 0: nothing is left to repair; 1: something is left that needs a person; 2: --dry-run found something",
    )
    .requiredOption("--environment <name>", "whose table; the credentials must be those of its account")
    .option("--conversation <uuid>", "this conversation alone (default: all)")
    .option("--dry-run", "only say what there is to repair", false)
    .option(
      "--rate <units>",
      "most capacity units, read and written, a second (default: half of the table's, 100 at most)",
      unitsPerSecond,
    )
    .option("--resume", "go on where the last repair was stopped", false)
    .action(async (options: RepairOptions) => {
      process.exitCode = await runRepair(options);
    });

  program
    .command("redrive")
    .description(
      "repair the conversations that the dead-letter queue's entries touch, while the stream has their records. " +
        "Exit code 0: the queue is empty; 1: entries were kept",
    )
    .requiredOption("--environment <name>", "whose queue; the credentials must be those of its account")
    .option(
      "--delete-gone",
      "delete the entries whose records are gone, too: after `npm run repair` has repaired the whole table",
      false,
    )
    .action(async (options: RedriveOptions) => {
      process.exitCode = await runRedrive(options);
    });
}
