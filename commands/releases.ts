import { Command } from "commander";

export const command = new Command("releases")
  .description("what release is where, since when, and what waits to be promoted")
  .action(async () => {
    const { runReleases } = await import("../release/list-releases.ts");
    await runReleases();
  });
