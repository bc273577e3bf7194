import { Command } from "commander";
import type { RedriveOptions } from "../repair/run-redrive.ts";

export const command = new Command("redrive")
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
    const { runRedrive } = await import("../repair/run-redrive.ts");
    process.exitCode = await runRedrive(options);
  });
