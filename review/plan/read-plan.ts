import { readFileSync } from "node:fs";
import { UserError } from "../../config/user-error.ts";
import { type PlanJson, readPlanJson } from "../../terraform/plan-json.ts";

/**
 * Reads a plan's JSON from a file.
 * @throws UserError if the file can't be read or isn't a plan.
 */
export function readPlanFile(file: string): PlanJson {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UserError(`${file} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return readPlanJson(decode(bytes), file);
}

/** PowerShell's `>` writes UTF-16. */
const decode = (bytes: Buffer) =>
  bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString("utf16le") : bytes.toString("utf8");
