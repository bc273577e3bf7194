import type { Command } from "commander";

/** Every command of `npm run`, in the order of the help. A command's file is loaded only when it is needed. */
export const commands = new Map<string, () => Promise<{ readonly command: Command }>>([
  ["synth", () => import("./synth.ts")],
  ["environments", () => import("./environments.ts")],
  ["environment", () => import("./environment.ts")],
  ["bootstrap", () => import("./bootstrap.ts")],
  ["terraform-config", () => import("./terraform-config.ts")],
  ["release", () => import("./release.ts")],
  ["smoke", () => import("./smoke.ts")],
  ["parity", () => import("./parity.ts")],
  ["deploy", () => import("./deploy.ts")],
  ["promote", () => import("./promote.ts")],
  ["destroy", () => import("./destroy.ts")],
  ["releases", () => import("./releases.ts")],
  ["drift-issue", () => import("./drift-issue.ts")],
  ["repair", () => import("./repair.ts")],
  ["redrive", () => import("./redrive.ts")],
  ["plan", () => import("./plan.ts")],
  ["review", () => import("./review.ts")],
  ["drift", () => import("./drift.ts")],
  ["publish-review", () => import("./publish-review.ts")],
]);
