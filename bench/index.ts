import { existsSync } from "node:fs";
import { join } from "node:path";
import { Argument, Command } from "commander";
import { runCommandLine } from "../commands/command-line.ts";

/** The benches, each in the file of its name. It answers whether all that was expected holds. */
const benches: Readonly<Record<string, (module: Record<string, unknown>) => unknown>> = {
  stream: (module) => (module["benchStream"] as () => Promise<boolean>)(),
  review: (module) => (module["benchReview"] as () => unknown)(),
};

const there = Object.keys(benches).filter((name) => existsSync(join(import.meta.dirname, `${name}.ts`)));

await runCommandLine(
  new Command("npm run bench --")
    .description("Measures, and says whether what is expected holds; the exit code is 1 if not.")
    .addArgument(new Argument("[name]", "which bench (default: all, one after the other)").choices(there))
    .action(async (name?: string) => {
      for (const one of name === undefined ? there : [name]) {
        const module = (await import(`./${one}.ts`)) as Record<string, unknown>;
        if ((await benches[one]?.(module)) === false) process.exitCode = 1;
      }
    }),
);
