import { Command } from "commander";
import type { Environment } from "../config/environment.ts";
import { environmentArgument } from "./command-line.ts";

export const command = new Command("publish-review")
  .description(
    "in GitHub Actions: put the review into the job's summary, and into one comment of the pull request",
  )
  .addArgument(environmentArgument())
  .option("--out <folder>", "the folder of `npm run plan` (default: .local/plan/<environment>)")
  .action(async ({ name }: Environment, { out }: { out?: string }) => {
    const { publishReview } = await import("../review/publish-review.ts");
    await publishReview(name, out);
  });
