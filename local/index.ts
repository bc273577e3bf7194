import { Command } from "commander";
import { runCommandLine } from "../commands/command-line.ts";
import { command as start } from "./start-command.ts";
import { command as stop } from "./stop-command.ts";

await runCommandLine(new Command("npm").addCommand(start).addCommand(stop));
