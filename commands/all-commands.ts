import type { Command } from "commander";

/** Every command of `npm run`, in the order of the help. A command's file is loaded only when it is needed. */
export const commands = new Map<string, () => Promise<{ readonly command: Command }>>([
  ["environments", () => import("./environments.ts")],
  ["environment", () => import("./environment.ts")],
  ["bootstrap", () => import("./bootstrap.ts")],
  ["plan", () => import("./plan.ts")],
  ["review", () => import("./review.ts")],
  ["drift", () => import("./drift.ts")],
  ["release", () => import("./release.ts")],
  ["deploy", () => import("./deploy.ts")],
  ["promote", () => import("./promote.ts")],
  ["releases", () => import("./releases.ts")],
  ["parity", () => import("./parity.ts")],
  ["status", () => import("./status.ts")],
  ["smoke", () => import("./smoke.ts")],
  ["repair", () => import("./repair.ts")],
  ["redrive", () => import("./redrive.ts")],
  ["restore", () => import("./restore.ts")],
  ["query", () => import("./query.ts")],
  ["destroy", () => import("./destroy.ts")],
  ["synth", () => import("./synth.ts")],
  ["terraform-config", () => import("./terraform-config.ts")],
  ["publish-review", () => import("./publish-review.ts")],
  ["drift-issue", () => import("./drift-issue.ts")],
]);
