import { Command } from "commander";

export const command = new Command("terraform-config")
  .description(
    "print the path of a Terraform CLI configuration that uses the provider mirror on this machine, if there is one",
  )
  .action(async () => {
    const { terraformVersion } = await import("../terraform/terraform.ts");
    const { terraformCliConfig } = await import("../terraform/provider-mirror.ts");
    // A configuration of what isn't there would only hide that.
    await terraformVersion();
    console.log(terraformCliConfig() ?? "");
  });
