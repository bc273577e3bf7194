import type { PlannedCases } from "../planned-cases.ts";
import { backupCases } from "./backups.ts";
import { expiryCases } from "./expiry.ts";
import { guardCases } from "./guards.ts";
import { publicAccessCases } from "./public-access.ts";
import { toldCases } from "./told.ts";

/** All cases that are planned without AWS. */
export const allCases: PlannedCases = {
  ...guardCases,
  ...backupCases,
  ...expiryCases,
  ...publicAccessCases,
  ...toldCases,
};

/** The rules that these cases prove; the others are proven over a deployed environment. */
export const provenRules: ReadonlySet<string> = new Set(Object.values(allCases).map(({ rule }) => rule));
