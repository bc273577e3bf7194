import type { PlannedCases } from "../planned-cases.ts";
import { analyticsCases } from "./analytics.ts";
import { backupCases } from "./backups.ts";
import { cacheCases } from "./cache.ts";
import { expiryCases } from "./expiry.ts";
import { encryptionCases } from "./encryption-off.ts";
import { failClosedCases } from "./fail-closed.ts";
import { guardCases } from "./guards.ts";
import { openAccessCases } from "./open-access.ts";
import { openNetworkCases } from "./open-network.ts";
import { policyCases } from "./policies.ts";
import { publicAccessCases } from "./public-access.ts";
import { toldCases } from "./told.ts";
import { starvedCases, streamReaderCases } from "./starved.ts";

/** All cases that are planned without AWS. */
export const allCases: PlannedCases = {
  ...failClosedCases,
  ...guardCases,
  ...backupCases,
  ...cacheCases,
  ...analyticsCases,
  ...expiryCases,
  ...publicAccessCases,
  ...toldCases,
  ...openNetworkCases,
  ...openAccessCases,
  ...encryptionCases,
  ...starvedCases,
  ...streamReaderCases,
  ...policyCases,
};

/** The rules that these cases or fail-closed.test.ts prove; the others are proven over a deployed environment. */
export const provenRules: ReadonlySet<string> = new Set([
  ...Object.values(allCases).map(({ rule }) => rule),
  "deleted-outside",
  "failed-check",
  "invoked-action",
  "unknown-part",
]);
