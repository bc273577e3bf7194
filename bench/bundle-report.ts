import { statSync } from "node:fs";
import { bundleFunction, compileFunction } from "../constructs/stream-function/function-bundle.ts";
import { alignColumns } from "./columns.ts";

/** The function whose bundle is measured. */
export const STREAM_FUNCTION = "lambdas/messaging-stream/index.ts";

/** Lines with the size of the function's bundle and the size of each package in it, largest first. */
export function bundleReport(): string[] {
  const { code, bytesOf } = compileFunction(STREAM_FUNCTION);
  const untrimmedSize = compileFunction(STREAM_FUNCTION, true).code.length;
  const byPackage = new Map<string, number>();
  for (const [path, bytes] of Object.entries(bytesOf)) {
    const name = packageOf(path);
    byPackage.set(name, (byPackage.get(name) ?? 0) + bytes);
  }
  const rows = [...byPackage].sort(([, one], [, other]) => other - one);
  const share = (bytes: number) => `${((100 * bytes) / code.length).toFixed(1)} %`;
  return [
    `Bundle: ${kilobytes(code.length)} minified, ${kilobytes(statSync(bundleFunction(STREAM_FUNCTION).path).size)} as a zip;` +
      ` ${kilobytes(untrimmedSize)} minified if no part of the SDK is left out. By package:`,
    ...alignColumns(rows.map(([name, bytes]) => [`  ${name}`, kilobytes(bytes), share(bytes)])),
  ];
}

/** Formats a size in kB of 1,000 bytes. */
export const kilobytes = (bytes: number) => `${(bytes / 1_000).toFixed(1)} kB`;

const packageOf = (path: string) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? "this project";
