import { checkedAccess, type CheckedAccess } from "../../account/checked-access.ts";
import { currentUser } from "../../account/current-user.ts";
import type { Environment } from "../../config/environment.ts";
import { type TableName, tableShapes } from "../../messaging/tables.ts";
import { restoredFrom } from "../restored-from.ts";
import { completeFromCheckout } from "../settings/complete-from-checkout.ts";
import { type DrilledTable, type DrillEvidence, writeDrillEvidence } from "./drill-evidence.ts";
import { drillTable, type TableDrill } from "./drill-table.ts";

/** Options of `npm run restore -- --drill`. */
export interface DrillOptions {
  readonly environment: Environment;
  /** Default: both tables, one after the other. */
  readonly table?: TableName;
  /** What is restored: see `findRestorePoint`. Default: the latest time. */
  readonly to?: string;
  /** Capacity units a second of the comparison. */
  readonly rate?: number;
  /** Prints the evidence alone, and the progress to standard error. */
  readonly json: boolean;
}

/**
 * Tries a restore: each table is restored beside the live one, compared with it, and removed again. The evidence, of a
 * failure too, is kept in the environment's state bucket.
 * @returns the exit code: 0 passed, 1 failed.
 * @throws UserError when the credentials are not of the environment's account, or a table has nothing to restore.
 */
export async function runDrill({ environment, table, to, rate, json }: DrillOptions): Promise<number> {
  const access = await checkedAccess(environment);
  const onProgress = json ? console.error : console.log;
  const tables = table === undefined ? (Object.keys(tableShapes) as TableName[]) : [table];
  const drills = tables.map((name): TableDrill => {
    const from = restoredFrom(environment, name, access);
    const complete = (copy: string) => completeFromCheckout(from, copy, onProgress);
    return { from, to: to ?? "latest", rate, onProgress, complete };
  });
  const { evidence, place } = await drill(environment, access, drills);
  console.log(json ? JSON.stringify(evidence, null, 2) : drillText(evidence).join("\n"));
  onProgress(`Evidence: ${place}`);
  return evidence.passed ? 0 : 1;
}

/** Runs the drills of tables one after the other, and writes the evidence. */
export async function drill(environment: Environment, access: CheckedAccess, drills: readonly TableDrill[]) {
  const began = new Date().toISOString();
  const tables = [];
  for (const one of drills) tables.push(await drillTable(one));
  const evidence: DrillEvidence = {
    version: 1,
    environment: environment.name,
    who: currentUser(),
    began,
    ended: new Date().toISOString(),
    tables,
    passed: tables.every(({ faults }) => faults.length === 0),
  };
  return { evidence, place: await writeDrillEvidence(environment, access.client, evidence) };
}

/** The evidence of a drill as a person reads it. */
export function drillText({ environment, tables, passed }: DrillEvidence): string[] {
  return [
    `Restore drill of ${environment}: ${passed ? "passed" : "FAILED"}`,
    ...tables.flatMap(({ table, to, from, seconds, compared, faults, restored, removed }) => [
      `  ${faults.length === 0 ? "✓" : "✗"} ${table}, as of ${to}, from ${from}`,
      `      ${secondsText(seconds)}`,
      ...(compared
        ? [
            `      ${compared.restoredItems} items restored, ${compared.liveItems} in the live table: ${compared.onlyRestored} only restored, ` +
              `${compared.onlyLive} only live, ${compared.different} different; ${compared.readUnits} read units`,
          ]
        : []),
      ...faults.map((fault) => `      ${fault}`),
      ...(removed
        ? []
        : [`      the copy ${restored} is still there: remove it with npm run restore -- --remove`]),
    ]),
  ];
}

const secondsText = (seconds: DrilledTable["seconds"]) =>
  Object.entries(seconds)
    .flatMap(([step, time]) => (time === undefined ? [] : [`${step} ${time.toFixed(1)} s`]))
    .join(", ");
