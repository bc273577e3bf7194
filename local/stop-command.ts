import { Command } from "commander";

export const command = new Command("stop")
  .description("stop the embedded AWS that npm start -- --keep left running")
  .action(async () => {
    const { stop } = await import("./stop.ts");
    await stop();
  });
