import { Command } from "commander";

export const command = new Command("releases")
  .description("show which release is deployed where, since when, and which wait for promotion")
  .action(async () => {
    const { runReleases } = await import("../release/list-releases.ts");
    await runReleases();
  });
