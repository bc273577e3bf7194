import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { environmentSchema } from "../../config/environment.ts";
import { dev as devLiteral } from "./environments/dev.ts";
import { prod as prodLiteral } from "./environments/prod.ts";

export { devLiteral, prodLiteral };

/**
 * Environments of the tests' own. Tests of behaviour use them, so that no change of a setting in
 * `config/environments/`, and no environment more, breaks a test.
 */
export const dev = environmentSchema.parse(devLiteral);
export const prod = environmentSchema.parse(prodLiteral);

const sources = join(import.meta.dirname, "environments");

/** Puts the tests' environments in the place of those of a checkout. */
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
