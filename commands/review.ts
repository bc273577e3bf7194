import { Command } from "commander";
import type { ReviewCommandOptions } from "../review/run-review.ts";
import { failOnOption, formatOption } from "./review-options.ts";

export const command = new Command("review")
  .description("say what a plan does; exit 0 safe, 2 needs care, 3 blocked, 1 error")
  .argument("[plan.json]", "from: terraform show -json <plan file>, or tofu show -json <plan file>")
  .option("--environment <name>", "one of ours, whose levels then count (default: the plan tells)")
  .addOption(formatOption("text", "markdown", "json"))
  .option("--code <cdk.tf.json>", "the synthesized stack of the plan (default: the one beside the plan)")
  .option("--code-before <cdk.tf.json>", "the synthesized stack before the change")
  .option("--exceptions <file>", "exceptions (default: with --environment, review-exceptions.json)")
  .addOption(failOnOption())
  .option("--schema", "print the JSON Schema of the JSON form instead")
  .action(async (file: string | undefined, options: ReviewCommandOptions & { schema?: boolean }) => {
    const { printSchema, runReview } = await import("../review/run-review.ts");
    if (options.schema) printSchema();
    else if (file !== undefined) process.exitCode = await runReview(file, options);
    else command.error("error: missing required argument 'plan.json'", { exitCode: 1 });
  });
