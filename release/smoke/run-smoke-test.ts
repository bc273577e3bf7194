import { accessTo } from "../../config/account-access.ts";
import type { Environment } from "../../config/environment.ts";
import { smoke, formatSmokeReport } from "./smoke-test.ts";

/**
 * Runs a smoke test and prints its report. Interrupted, it removes the canary before it ends.
 * @returns the exit code: 0 passed, 1 failed.
 */
export async function runSmokeTest(environment: Environment, deadlineSeconds: number): Promise<number> {
  const report = await smoke(environment, accessTo(environment).client, {
    deadlineSeconds,
    signal: interruption(),
  });
  console.log(formatSmokeReport(environment.name, report).join("\n"));
  return report.passed ? 0 : 1;
}

/** Aborted when the process is asked to end for the first time; asked again, the process ends at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      controller.abort();
    });
  return controller.signal;
}
