import { Command } from "commander";
import { commands } from "./all-commands.ts";
import { runCommandLine } from "./command-line.ts";

const given = commands.get(process.argv[2] ?? "");
const program = new Command("npm run").description(
  "Cruddur's messaging on AWS, from synthesis to deployment",
);
for (const load of given ? [given] : commands.values()) program.addCommand((await load()).command);
await runCommandLine(program);
