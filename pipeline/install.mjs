// Runs before `npm start`, `npm test` and the like: installs what package-lock.json says, unless it is there.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";

const project = dirname(import.meta.dirname);
const stamp = join(project, "node_modules", ".installed-from");
const lock = createHash("sha256")
  .update(readFileSync(join(project, "package-lock.json")))
  .digest("hex");

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  console.error("Installing what the project needs, as package-lock.json says (a minute or two) …");
  execFileSync("npm", ["ci", "--no-fund", "--no-audit", "--loglevel=error"], {
    cwd: project,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  writeFileSync(stamp, lock);
}
