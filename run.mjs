// Every script of package.json begins here: it installs what package-lock.json says, unless that is done already, and
// runs a file of the project: node run.mjs <file> <parameters>
// Without a file it only installs, for a pipeline that does so before it has credentials. Install scripts don't run
// (.npmrc), so no code of a package does either.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const project = import.meta.dirname;
const stamp = join(project, "node_modules", ".installed-from");
const lock = createHash("sha256")
  .update(readFileSync(join(project, "package-lock.json")))
  .digest("hex");

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  console.error("Installing what the project needs, as package-lock.json says (a minute or two) …");
  const npm = ["ci", "--no-fund", "--no-audit", "--loglevel=error"];
  const { status } = spawnSync("npm", npm, {
    cwd: project,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    console.error(
      `npm ${npm.join(" ")} failed in ${project}. Put right what npm says above, and try again.\n` +
        "If the registry can't be reached from here, set npm_config_registry to one that can, or HTTPS_PROXY to a proxy.",
    );
    process.exit(1);
  }
  writeFileSync(stamp, lock);
}

const [, , file, ...parameters] = process.argv;
if (file !== undefined) {
  if (file.endsWith(".ts")) await import("./typescript.mjs");
  const path = join(project, file);
  process.argv = [process.execPath, path, ...parameters];
  await import(pathToFileURL(path).href);
}
