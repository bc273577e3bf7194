import { resolve } from "node:path";
import { Command } from "commander";

export const command = new Command("synth")
  .description("synthesize every stack")
  .option("--out <folder>", "where to put stacks/", "cdktf.out")
  .action(async ({ out }: { out: string }) => {
    const { synthesize } = await import("../terraform/synthesize.ts");
    await synthesize(resolve(out));
    console.log(`Synthesized into ${out}/stacks`);
  });
