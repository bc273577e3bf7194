import { Command } from "commander";

export const command = new Command("synth")
  .description("synthesize every stack into cdktf.out")
  .action(async () => {
    const { synthesize } = await import("../terraform/synthesize.ts");
    await synthesize();
    console.log("Synthesized into cdktf.out/stacks");
  });
