import { Command } from "commander";
import { runCommandLine } from "./command-line.ts";

/** Every command of `npm run`, in the order of the help. A command's file is loaded only when it is needed. */
const commands = new Map<string, () => Promise<{ readonly command: Command }>>([
  ["synth", () => import("./synth.ts")],
  ["bootstrap", () => import("./bootstrap.ts")],
  ["terraform-config", () => import("./terraform-config.ts")],
  ["release", () => import("./release.ts")],
  ["smoke", () => import("./smoke.ts")],
  ["parity", () => import("./parity.ts")],
  ["deploy", () => import("./deploy.ts")],
  ["promote", () => import("./promote.ts")],
  ["releases", () => import("./releases.ts")],
  ["drift-issue", () => import("./drift-issue.ts")],
  ["repair", () => import("./repair.ts")],
  ["redrive", () => import("./redrive.ts")],
  ["plan", () => import("./plan.ts")],
  ["review", () => import("./review.ts")],
  ["drift", () => import("./drift.ts")],
  ["publish-review", () => import("./publish-review.ts")],
]);

const given = commands.get(process.argv[2] ?? "");
const program = new Command("npm run").description(
  "Cruddur's messaging on AWS, from synthesis to deployment",
);
for (const load of given ? [given] : commands.values()) program.addCommand((await load()).command);
await runCommandLine(program);
