import type { RestoredFrom } from "./restored-from.ts";

/** A restored copy, and the option by which it was restored. */
export interface Restored {
  readonly name: string;
  readonly to: string;
}

const commandOf = ({ environment, table }: RestoredFrom, options: string) =>
  `  npm run restore -- --environment ${environment.name} --table ${table} ${options}`;

/** The command that shows what would be copied back. */
export const copyCommand = (from: RestoredFrom, to: string): string =>
  commandOf(from, `--to ${to} --copy-missing`);

/** What can be done with a copy beside the live table, step by step. */
export const nextSteps = (from: RestoredFrom, { name, to }: Restored): string[] => [
  "",
  "To see which lost items would be copied back, then to copy them with the digest that it prints:",
  copyCommand(from, to),
  "To have the copy take the place of the live table: docs/runbook.md#switch-to-a-restored-table",
  "To remove the copy, which costs as much as the live table:",
  commandOf(from, `--remove ${name}`),
];

/** What can be done with a copy where there is no live table. */
export const stepsForLostTable = (from: RestoredFrom, { name, to }: Restored): string[] => [
  "",
  `There is no table ${from.live} to compare it with. To restore it under its own name, as an administrator:`,
  commandOf(from, `--to ${to} --under-own-name`),
  "To remove this copy:",
  commandOf(from, `--remove ${name}`),
];
