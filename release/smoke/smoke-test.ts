import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { ClientSettings } from "../../account/access.ts";
import { checkedAccess } from "../../account/checked-access.ts";
import type { Environment } from "../../config/environment.ts";
import { namesOf } from "../../config/names.ts";
import { type TableName, tableShapes } from "../../messaging/tables.ts";
import { type Check, runCanary } from "./canary.ts";
import { checkTable } from "./check-table.ts";

/** How a smoke test is run. */
interface SmokeOptions {
  /** How long the trigger may take to move the canary, in seconds. Default: 60. */
  readonly deadlineSeconds?: number;
  /** Stops waiting; the canary is removed all the same. */
  readonly signal?: AbortSignal;
}

/** What a smoke test found. */
export interface SmokeReport {
  readonly passed: boolean;
  readonly milliseconds: number;
  readonly checks: readonly Check[];
}

/**
 * Tests whether a deployed environment works: its tables are active and as configured, and a canary conversation goes
 * through all access patterns and the real trigger. No user can have the canary's keys, and it is removed afterwards.
 * If a table isn't as configured, no canary is sent.
 * @throws the client's error when AWS can't be asked.
 */
export async function smoke(
  environment: Environment,
  settings: ClientSettings,
  { deadlineSeconds = 60, signal }: SmokeOptions = {},
): Promise<SmokeReport> {
  const begun = Date.now();
  const client = new DynamoDBClient(settings);
  try {
    const tables = Object.keys(tableShapes) as TableName[];
    const checks = await Promise.all(tables.map((table) => checkTable(client, environment, table)));
    if (passed(checks)) {
      const tableName = namesOf(environment).tables.messages;
      if (environment.trigger.enabled)
        checks.push(...(await runCanary({ client, tableName, deadlineSeconds, signal })));
      else
        checks.push({
          what: "E: the trigger moves the conversation in both inboxes",
          faults: [`trigger.enabled is false in ${environment.name}: nothing moves, so no canary was sent`],
        });
    }
    return { passed: passed(checks), milliseconds: Date.now() - begun, checks };
  } finally {
    client.destroy();
  }
}

const passed = (checks: readonly Check[]) => checks.every(({ faults }) => faults.length === 0);

/** A report as a person reads it, a line for each check and each fault. */
export function formatSmokeReport(environment: string, report: SmokeReport): string[] {
  return [
    `Smoke test of ${environment}: ${report.passed ? "passed" : "FAILED"} after ${report.milliseconds} ms`,
    ...report.checks.flatMap(({ what, faults }) => [
      `  ${faults.length === 0 ? "✓" : "✗"} ${what}`,
      ...faults.map((fault) => `      ${fault}`),
    ]),
  ];
}

/**
 * Runs a smoke test and prints its report. Interrupted, it removes the canary before it ends; interrupted again, it
 * ends at once.
 * @returns the exit code: 0 passed, 1 failed.
 * @throws UserError when the credentials are not of the environment's account.
 */
export async function runSmokeTest(environment: Environment, deadlineSeconds: number): Promise<number> {
  const { client } = await checkedAccess(environment);
  const interruption = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"])
    process.once(name, () => {
      interruption.abort();
    });
  const report = await smoke(environment, client, { deadlineSeconds, signal: interruption.signal });
  console.log(formatSmokeReport(environment.name, report).join("\n"));
  return report.passed ? 0 : 1;
}
