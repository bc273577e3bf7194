/**
 * The architecture: every place of the project, and the places that it may import, type imports included. Each names
 * only places before it, so there is no circle. docs/architecture.md shows it as a picture.
 */
export const mayImport = {
  messaging: [],
  "lambdas/sdk": [],
  "lambdas/messaging-stream": ["lambdas/sdk", "messaging"],
  config: ["messaging"],
  constructs: ["config", "messaging"],
  "constructs/table": ["constructs", "config", "messaging"],
  "constructs/alarms": ["constructs", "constructs/table", "config", "messaging"],
  "constructs/backup": ["constructs", "constructs/alarms", "config"],
  "constructs/cache": ["constructs", "constructs/alarms", "config", "messaging"],
  "constructs/analytics": ["constructs", "constructs/alarms", "config", "messaging"],
  "constructs/dashboard": ["constructs/table", "config", "messaging"],
  "constructs/stream-function": [
    "constructs",
    "constructs/alarms",
    "constructs/table",
    "config",
    "messaging",
  ],
  "constructs/pipeline-roles": [
    "constructs",
    "constructs/analytics",
    "constructs/backup",
    "constructs/cache",
    "constructs/stream-function",
    "config",
    "messaging",
  ],
  stacks: [
    "constructs",
    "constructs/alarms",
    "constructs/analytics",
    "constructs/backup",
    "constructs/cache",
    "constructs/dashboard",
    "constructs/pipeline-roles",
    "constructs/stream-function",
    "constructs/table",
    "config",
    "messaging",
  ],
  account: ["config"],
  analytics: ["account", "config", "messaging"],
  terraform: ["account", "config"],
  "review/policy": [],
  "review/plan": ["terraform", "config"],
  "review/network": ["review/plan"],
  "review/report": ["review/plan", "review/policy"],
  "review/rules": ["review/network", "review/plan", "review/policy"],
  review: ["review/report", "review/rules", "review/plan", "terraform", "account", "config"],
  "release/parity": ["config"],
  "release/smoke": ["account", "config", "messaging"],
  release: [
    "release/parity",
    "release/smoke",
    "review",
    "review/report",
    "review/plan",
    "terraform",
    "account",
    "config",
  ],
  "release/destroy": ["release", "terraform", "account", "config"],
  repair: ["account", "config", "messaging"],
  restore: ["release/smoke", "repair", "terraform", "account", "config", "messaging"],
  status: ["release", "restore", "account", "config", "messaging"],
  commands: [
    "analytics",
    "release",
    "release/destroy",
    "release/parity",
    "release/smoke",
    "repair",
    "restore",
    "review",
    "status",
    "terraform",
    "config",
    "messaging",
  ],
  "main.ts": ["stacks", "terraform", "config"],
};

/** Tools around the project: they may import all of it, and nothing of it imports them. */
const tools = ["local", "bench", "security", "docs", "__tests__"];

const places = Object.keys(mayImport);

/** Matches what is in a place: a file, or a folder less the places within it. */
function within(place) {
  if (/\.ts$/.test(place)) return `^${place}$`;
  return places.some((other) => other.startsWith(`${place}/`)) ? `^${place}/[^/]+$` : `^${place}/`;
}

for (const [index, place] of places.entries())
  for (const other of mayImport[place])
    if (!places.slice(0, index).includes(other))
      throw new Error(`${place} may import only places that are named before it, and ${other} is not.`);

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...places.map((place) => ({
      name: `${place} may import ${mayImport[place].join(", ") || "no other place"}`,
      severity: "error",
      from: { path: within(place) },
      to: { dependencyTypes: ["local"], pathNot: [place, ...mayImport[place]].map(within) },
    })),
    {
      name: "every file has its place",
      severity: "error",
      from: { path: "[.]ts$", pathNot: [...places, ...tools].map(within) },
      to: {},
    },
    {
      name: "a command loads the folder that does its work only once its options have been read",
      severity: "error",
      from: { path: within("commands") },
      to: {
        path: "^(account|analytics|terraform|review|release|repair|restore|status)/",
        dynamic: false,
        dependencyTypesNot: ["type-only"],
      },
    },
    { name: "no circle of files", severity: "error", from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(node_modules|cdktf\\.out|\\.local)/|\\.mjs$" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
  },
};
