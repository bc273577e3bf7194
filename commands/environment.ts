import { Command } from "commander";
import type { Environment } from "../config/environment.ts";
import { environmentOption } from "./command-line.ts";

export const command = new Command("environment")
  .description("add an environment: its file in config/environments/, like that of another")
  .argument("<name>", "2 to 16 small letters and digits, a letter first")
  .addOption(environmentOption("the one that it is like", "--like <environment>").makeOptionMandatory())
  .option("--account <id>", "the id of its account, 12 digits; necessary if it is protected")
  .action(async (name: string, options: { readonly like: Environment; readonly account?: string }) => {
    const { addEnvironment } = await import("../config/new-environment/add-environment.ts");
    addEnvironment({ name, ...options });
  });
