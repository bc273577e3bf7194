import { Command } from "commander";

export const command = new Command("terraform-config")
  .description(
    "print a Terraform CLI configuration that takes the provider from the mirror on this machine, if any",
  )
  .action(async () => {
    const { terraformCliConfig } = await import("../terraform/provider-mirror.ts");
    console.log(terraformCliConfig() ?? "");
  });
