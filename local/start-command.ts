import { Command } from "commander";
import { environmentOption } from "../commands/command-line.ts";
import { loadEnvironments } from "../config/load-environments.ts";
import type { StartOptions } from "./start.ts";

export const command = new Command("start")
  .usage("-- [options]")
  .description(
    "deploy the environments into an embedded AWS on this machine, send messages and show the inboxes",
  )
  .addOption(environmentOption("deploy this environment only"))
  .option(
    "--cache",
    "deploy one environment, the first by default, with a cache (DAX), and read through it",
    false,
  )
  .option("--keep", "keep the embedded AWS running; npm stop stops it", false)
  .addHelpText(
    "after",
    () =>
      `\nEnvironments: ${loadEnvironments()
        .map(({ name }) => name)
        .join(", ")}`,
  )
  .action(async (options: StartOptions) => {
    const { start } = await import("./start.ts");
    await start(options);
  });
