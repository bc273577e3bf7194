import { Command } from "commander";
import type { ReviewCommandOptions } from "../review/run-review.ts";
import { environmentOption } from "./command-line.ts";
import { failOnOption, formatOption } from "./review-options.ts";

export const command = new Command("review")
  .description("review what a plan does to data; exit code 0 safe, 1 error, 2 needs care, 3 blocked")
  .argument("[plan.json]", "the output of terraform show -json <plan file>, or of tofu")
  .addOption(
    environmentOption(
      "the environment of this project that the plan is for (default: judged by the plan alone)",
    ),
  )
  .addOption(formatOption("text", "markdown", "json"))
  .option("--code <cdk.tf.json>", "the synthesized stack of the plan (default: the cdk.tf.json beside it)")
  .option("--code-before <cdk.tf.json>", "the synthesized stack before the change")
  .option(
    "--exceptions <file>",
    "the exceptions (default: review-exceptions.json, if --environment is given)",
  )
  .addOption(failOnOption())
  .option("--schema", "print the JSON Schema of the json format instead")
  .action(async (file: string | undefined, options: ReviewCommandOptions & { schema?: boolean }) => {
    const { printSchema, runReview } = await import("../review/run-review.ts");
    if (options.schema) printSchema();
    else if (file !== undefined) process.exitCode = await runReview(file, options);
    else command.error("error: missing required argument 'plan.json'", { exitCode: 1 });
  });
