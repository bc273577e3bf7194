import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Environment } from "../../config/environment.ts";
import { namesOf } from "../../config/names.ts";
import { type TableName, tableShapes } from "../../messaging/tables.ts";
import type { ClientSettings } from "../../config/account-access.ts";
import { type Check, runCanary } from "./canary.ts";
import { checkTable } from "./check-table.ts";

/** How a smoke test is run. */
export interface SmokeOptions {
  /** How long the trigger may take to move the canary, in seconds. Default: 60. */
  readonly deadlineSeconds?: number;
  /** Stops waiting; the canary is removed all the same. */
  readonly signal?: AbortSignal;
}

/** What a smoke test found. */
export interface SmokeReport {
  readonly passed: boolean;
  readonly checks: readonly Check[];
  readonly milliseconds: number;
}

const DEADLINE_SECONDS = 60;

/**
 * Tests whether a deployed environment works: its tables are active and as configured, and a canary conversation goes
 * through all access patterns and the real trigger. No user can have the canary's keys, and it is removed afterwards.
 * If a table isn't as configured, no canary is sent.
 * @throws the client's error when AWS can't be asked.
 */
export async function smoke(
  environment: Environment,
  settings: ClientSettings,
  { deadlineSeconds = DEADLINE_SECONDS, signal }: SmokeOptions = {},
): Promise<SmokeReport> {
  const begun = Date.now();
  const names = namesOf(environment);
  const client = new DynamoDBClient(settings);
  try {
    const tables = Object.entries(tableShapes) as [TableName, (typeof tableShapes)[TableName]][];
    const checks = await Promise.all(
      tables.map(([table, shape]) =>
        checkTable(client, { name: names.tables[table], shape, settings: environment.tables[table] }),
      ),
    );
    checks.push(...(await canary(environment, client, passed(checks), { deadlineSeconds, signal })));
    return { passed: passed(checks), checks, milliseconds: Date.now() - begun };
  } finally {
    client.destroy();
  }
}

async function canary(
  environment: Environment,
  client: DynamoDBClient,
  tablesAreRight: boolean,
  { deadlineSeconds, signal }: { deadlineSeconds: number; signal: AbortSignal | undefined },
): Promise<Check[]> {
  if (!tablesAreRight) return [];
  if (!environment.trigger.enabled)
    return [
      {
        what: "E: the trigger moves the conversation in both inboxes",
        faults: [`trigger.enabled is false in ${environment.name}: nothing moves, so no canary was sent`],
      },
    ];
  const tableName = namesOf(environment).tables.messages;
  return runCanary({ client, tableName, deadlineMilliseconds: deadlineSeconds * 1_000, signal });
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
