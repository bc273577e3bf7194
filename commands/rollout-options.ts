import { Command } from "commander";
import { seconds } from "./command-line.ts";

/** What `deploy` and `promote` have in common. */
export const rolloutCommand = (name: string, description: string) =>
  new Command(name)
    .description(description)
    .requiredOption(
      "--release <path>",
      "the release's folder, its archive, or the digest of one that was deployed before",
    )
    .option("--approve <plan digest>", "let through the plan with this digest, and no other")
    .option("--wait <seconds>", "wait so long for whoever holds the state's lock", seconds(0, 86_400), 0);
