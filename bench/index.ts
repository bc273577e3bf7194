import { existsSync } from "node:fs";
import { join } from "node:path";
import { Argument, Command } from "commander";
import { runCommandLine } from "../commands/command-line.ts";

/** Benchmarks by file name. A benchmark returns false, or throws, if an expectation isn't met. */
const benchmarks: Readonly<Record<string, (module: Record<string, unknown>) => unknown>> = {
  stream: (module) => (module["benchStream"] as () => Promise<boolean>)(),
  review: (module) => (module["benchReview"] as () => unknown)(),
};

const available = Object.keys(benchmarks).filter((name) =>
  existsSync(join(import.meta.dirname, `${name}.ts`)),
);

await runCommandLine(
  new Command("npm run bench --")
    .description("Runs benchmarks; the exit code is 1 if an expectation isn't met.")
    .addArgument(new Argument("[name]", "the benchmark to run (default: all)").choices(available))
    .action(async (name?: string) => {
      for (const each of name === undefined ? available : [name]) {
        const module = (await import(`./${each}.ts`)) as Record<string, unknown>;
        if ((await benchmarks[each]?.(module)) === false) process.exitCode = 1;
      }
    }),
);
