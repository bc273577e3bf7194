import { readFileSync } from "node:fs";
import { UserError } from "../../config/user-error.ts";
import { type PlanJson, readPlanJson } from "../../terraform/plan-json.ts";

/**
 * A plan's JSON from a file.
 * @throws UserError when the file can't be read or holds no plan.
 */
export function readPlanFile(file: string): PlanJson {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UserError(`${file} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return readPlanJson(textOf(bytes), file);
}

/** PowerShell's `>` writes UTF-16. */
const textOf = (bytes: Buffer) =>
  bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString("utf16le") : bytes.toString("utf8");
