import { Command } from "commander";
import { seconds } from "./command-line.ts";

/** What `deploy` and `promote` have in common. */
export const rolloutCommand = (name: string, description: string) =>
  withLockOptions(
    new Command(name)
      .description(description)
      .requiredOption(
        "--release <path>",
        "the release's folder, its archive, or the digest of one that was deployed before",
      )
      .option("--approve <plan digest>", "apply the plan with this digest, and no other"),
  );

/** What is done about the state's lock, for whoever writes the state. */
export const withLockOptions = (command: Command) =>
  command
    .option("--wait <seconds>", "how long to wait for the state's lock", seconds(0, 86_400), 0)
    .option("--unlock <lock id>", "first remove this lock of the target; only for one whose owner is gone");
