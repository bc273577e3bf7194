import { Command } from "commander";
import type { RepairOptions } from "../repair/run-repair.ts";
import { unitsPerSecond } from "./command-line.ts";

export const command = new Command("repair")
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
    const { runRepair } = await import("../repair/run-repair.ts");
    process.exitCode = await runRepair(options);
  });
