import { checkTable } from "../../release/smoke/check-table.ts";
import { restoredTable } from "../../config/names.ts";
import { UserError } from "../../config/user-error.ts";
import { compareWithLive, type Use } from "../compare-with-live.ts";
import { describeTable } from "../describe-table.ts";
import { findRestorePoint } from "../restore-point.ts";
import { removeRestored } from "../remove-restored.ts";
import { restoreBeside } from "../restore-beside.ts";
import type { RestoredFrom } from "../restored-from.ts";
import type { DrilledTable } from "./drill-evidence.ts";
import { findDrillFaults } from "./find-drill-faults.ts";

/** How the drill of a table is run. */
export interface TableDrill extends Use {
  readonly from: RestoredFrom;
  /** What is restored: see `findRestorePoint`. */
  readonly to: string;
  /** Sets on the copy what a restore leaves out. */
  readonly complete: (name: string) => Promise<void>;
}

type Step = keyof DrilledTable["seconds"];

/**
 * Restores a table beside the live one, looks whether the copy is as it should be, and removes it, whatever happened. What
 * goes wrong from the restore on is a fault of the drill.
 * @throws UserError when there is nothing to restore, or there is a copy of that time already, which somebody may need.
 */
export async function drillTable(drill: TableDrill): Promise<DrilledTable> {
  const { from, onProgress } = drill;
  const point = await findRestorePoint(from, drill.to);
  const name = restoredTable(from.own, point.time);
  await refuseExisting(from, name);
  const seconds: Partial<Record<Step, number>> = {};
  const timed = async <Result>(step: Step, work: () => Promise<Result>): Promise<Result> => {
    const began = Date.now();
    const result = await work();
    seconds[step] = (Date.now() - began) / 1_000;
    return result;
  };
  const faults: string[] = [];
  const noted = <Result>(work: Promise<Result>): Promise<Result | undefined> =>
    work.catch((error: unknown) => {
      faults.push(error instanceof Error ? error.message : String(error));
      return undefined;
    });

  const compared = await noted(
    (async () => {
      await timed("restore", () => restoreBeside({ from, point, name, onProgress }));
      await timed("settings", () => drill.complete(name));
      faults.push(...(await checkTable(from.client, from.environment, from.table, name)).faults);
      return timed("comparison", () => compareWithLive(from, name, drill));
    })(),
  );
  if (compared) faults.push(...findDrillFaults(compared, point.time));
  onProgress(`Removing ${name}`);
  await noted(timed("removal", () => removeRestored(from, name)));
  return {
    table: from.table,
    restored: name,
    to: point.time.toISOString(),
    from: point.kind === "time" ? "point-in-time recovery" : point.arn,
    seconds,
    compared: compared
      ? {
          restoredItems: compared.restored.items,
          liveItems: compared.live.items,
          onlyRestored: compared.onlyRestored.length,
          onlyLive: compared.onlyLive.length,
          different: compared.different.length,
          readUnits: compared.restored.readUnits + compared.live.readUnits,
        }
      : null,
    faults,
    removed: seconds.removal !== undefined,
  };
}

async function refuseExisting({ client }: RestoredFrom, name: string): Promise<void> {
  if (await describeTable(client, name))
    throw new UserError(
      `There is a restored copy ${name} already, which somebody may need. Nothing was changed. Run the drill again in a minute: it then restores to another time.`,
    );
}
