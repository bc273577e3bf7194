import { Command } from "commander";
import type { RedriveOptions } from "../repair/run-redrive.ts";
import { environmentOption } from "./command-line.ts";

export const command = new Command("redrive")
  .description(
    "repair the conversations of the dead-letter queue's entries, while the stream still has their records. " +
      "Exit code 0: the queue is empty; 1: entries were kept",
  )
  .addOption(environmentOption("the environment; use credentials of its account").makeOptionMandatory())
  .option(
    "--delete-gone",
    "also delete entries whose records the stream no longer has; only after `npm run repair` has repaired the whole table",
    false,
  )
  .action(async (options: RedriveOptions) => {
    const { runRedrive } = await import("../repair/run-redrive.ts");
    process.exitCode = await runRedrive(options);
  });
