import type { PlannedCases } from "../planned-cases.ts";
import { failClosedCases } from "./fail-closed.ts";
import { guardCases } from "./guards.ts";
import { policyCases } from "./policies.ts";

/** All cases that are planned without AWS. */
export const allCases: PlannedCases = { ...failClosedCases, ...guardCases, ...policyCases };

/** The rules that these cases or fail-closed.test.ts prove; the others are proven over a deployed environment. */
export const provenRules: ReadonlySet<string> = new Set([
  ...Object.values(allCases).map(({ rule }) => rule),
  "deleted-outside",
  "failed-check",
  "invoked-action",
  "unknown-part",
]);
