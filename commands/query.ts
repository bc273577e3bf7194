import { Argument, Command, Option } from "commander";
import type { QueryOptions } from "../analytics/answer-query.ts";
import { type Environment } from "../config/environment.ts";
import { namedQueries } from "../messaging/analytics/named-queries.ts";
import { environmentArgument, rowCount } from "./command-line.ts";

const listed = namedQueries.map(({ name, description }) => `  ${name}: ${description}`).join("\n");

export const command = new Command("query")
  .description(
    "run SQL over the newest export of the messages, in the environment's Athena workgroup: the views are messages and " +
      "conversation_rows (docs/analytics.md)",
  )
  .addArgument(environmentArgument())
  .addArgument(new Argument("[sql]", 'a query, like "SELECT count(*) FROM messages"'))
  .option("--name <name>", "run this named query instead")
  .addOption(
    new Option("--format <format>", "how the rows are printed")
      .choices(["table", "csv", "json"])
      .default("table"),
  )
  .option("--rows <number>", "print at most so many rows", rowCount, 1_000)
  .addHelpText("after", `\nNamed queries:\n${listed}`)
  .action(async (environment: Environment, sql: string | undefined, options: QueryOptions) => {
    const { answerQuery } = await import("../analytics/answer-query.ts");
    await answerQuery(environment, sql, options);
  });
