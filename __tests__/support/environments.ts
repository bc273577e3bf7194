import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { environmentSchema } from "../../config/environment.ts";
import { dev as devLiteral } from "./environments/dev.ts";
import { prod as prodLiteral } from "./environments/prod.ts";

export { devLiteral, prodLiteral };

/**
 * Environments for tests of behaviour, so that changes in `config/environments/` don't break them.
 */
export const dev = environmentSchema.parse(devLiteral);
export const prod = environmentSchema.parse(prodLiteral);

const sources = join(import.meta.dirname, "environments");

/** Replaces the environments of a checkout with the tests' environments. */
export function useTestEnvironments(checkout: string): void {
  const folder = join(checkout, "config/environments");
  rmSync(folder, { recursive: true, force: true });
  cpSync(sources, folder, { recursive: true });
  const files = readdirSync(folder);
  for (const file of files) {
    const text = readFileSync(join(folder, file), "utf8");
    writeFileSync(join(folder, file), text.replace("../../../config/environment.ts", "../environment.ts"));
  }
  const exports = files.map((file) => `export { ${file.replace(".ts", "")} } from "./${file}";\n`);
  writeFileSync(join(folder, "index.ts"), exports.join(""));
}
