import { Command } from "commander";
import { environmentsAsMatrix, environmentsAsText } from "../config/list-environments.ts";
import { loadEnvironments } from "../config/load-environments.ts";
import { formatOption } from "./review-options.ts";

export const command = new Command("environments")
  .description("list the environments of this project; as json, for the matrix of a workflow")
  .addOption(formatOption("text", "json"))
  .action(({ format }: { format: "text" | "json" }) => {
    const environments = loadEnvironments();
    console.log(format === "json" ? environmentsAsMatrix(environments) : environmentsAsText(environments));
  });
