import { Argument, Command } from "commander";
import { runCommandLine } from "../commands/command-line.ts";

/** Benchmarks by name. A benchmark returns false, or throws, if an expectation isn't met. */
const benchmarks = new Map<string, () => Promise<unknown>>([
  ["stream", async () => (await import("./stream.ts")).benchStream()],
  ["window", async () => (await import("./batching-window.ts")).benchBatchingWindow()],
  ["review", async () => (await import("./review.ts")).benchReview()],
  ["cache", async () => (await import("./cache.ts")).benchCache()],
  ["restore", async () => (await import("./restore.ts")).benchRestore()],
]);

const names = [...benchmarks.keys()];

await runCommandLine(
  new Command("npm run bench --")
    .description("Runs benchmarks; the exit code is 1 if an expectation isn't met.")
    .addArgument(new Argument("[name]", "the benchmark to run (default: all)").choices(names))
    .action(async (name?: string) => {
      for (const each of name === undefined ? names : [name])
        if ((await benchmarks.get(each)?.()) === false) process.exitCode = 1;
    }),
);
