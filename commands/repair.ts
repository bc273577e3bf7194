import { Command } from "commander";
import type { RepairOptions } from "../repair/run-repair.ts";
import { environmentOption, unitsPerSecond } from "./command-line.ts";

export const command = new Command("repair")
  .description(
    "move every conversation row to its newest message, as the table has it, and rebuild lost rows; safe while messages arrive. " +
      "Exit code 0: nothing is left to repair; 1: something needs a person; 2: --dry-run found something to repair",
  )
  .addOption(environmentOption("the environment; use credentials of its account").makeOptionMandatory())
  .option(
    "--conversation <uuid>",
    "only this conversation, and whether its rows show messages that were edited (default: all, by their times alone)",
  )
  .option("--dry-run", "only report what would be repaired", false)
  .option(
    "--rate <units>",
    "maximum capacity units a second, read and write together (default: half of the table's, at most 100)",
    unitsPerSecond,
  )
  .option("--resume", "continue the last repair where it stopped", false)
  .action(async (options: RepairOptions) => {
    const { runRepair } = await import("../repair/run-repair.ts");
    process.exitCode = await runRepair(options);
  });
