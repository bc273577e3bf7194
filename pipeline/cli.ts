import { Command } from "commander";
import { environmentNamed } from "../config/load-environments.ts";
import { stackNames } from "../config/names.ts";
import { bootstrap } from "./bootstrap.ts";
import { runCommand } from "./command.ts";
import { terraformCliConfig } from "./provider-mirror.ts";
import { addDeployCommands } from "./deploy-commands.ts";
import { addReleaseCommands } from "./release-commands.ts";
import { addRepairCommands } from "./repair-commands.ts";
import { addReviewCommands } from "./review/commands.ts";
import { stackFolder, synthesize } from "./synthesize.ts";
import { terraformVersion } from "./terraform.ts";

const program = new Command("npm run").description(
  "Cruddur's messaging on AWS, from synthesis to deployment",
);

program
  .command("synth")
  .description("synthesize every stack into cdktf.out")
  .action(async () => {
    await synthesize();
    console.log("Synthesized into cdktf.out/stacks");
  });

program
  .command("bootstrap")
  .description("make the bucket for an environment's state, once; doing it again changes nothing")
  .argument("<environment>", "whose bucket; the credentials must be those of its account")
  .action(async (name: string) => {
    const environment = environmentNamed(name);
    await terraformVersion();
    await synthesize();
    const { bootstrap: bootstrapStack, messaging } = stackNames(environment.name);
    const folder = stackFolder(bootstrapStack);
    const done = await bootstrap({
      folder,
      onProgress: (message) => {
        console.log(message);
      },
    });
    console.log(`State bucket ${environment.state.bucket}: ${done}. Next: npx cdktf deploy ${messaging}`);
  });

program
  .command("terraform-config")
  .description(
    "print a Terraform CLI configuration that takes the provider from the mirror on this machine, if any",
  )
  .action(() => {
    console.log(terraformCliConfig() ?? "");
  });

addReleaseCommands(program);
addDeployCommands(program);
addRepairCommands(program);
addReviewCommands(program);

await runCommand(program);
