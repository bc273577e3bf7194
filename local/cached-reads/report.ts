import { styleText } from "node:util";
import type { TimesToLive } from "../../messaging/cache/staleness.ts";
import type { CachedReads } from "./read-through-cache.ts";

/** Lines that describe what was read through the cache of an environment. */
export function cachedReadsReport(environment: string, reads: CachedReads, { query }: TimesToLive): string[] {
  const row = ({ from, milliseconds }: CachedReads["reads"][number], index: number) =>
    `    ${index === 0 ? "first" : "again"}  from the ${from}  ${milliseconds.toFixed(1).padStart(6)} ms`;
  return [
    "",
    styleText("bold", `${environment}: the same page of messages, read twice through the cache`),
    ...reads.reads.map(row),
    `  A message was sent past the cache. The cache answered ${reads.staleReads} reads without it; the reader saw it after`,
    `  ${(reads.seenAfterMilliseconds / 1_000).toFixed(1)} s. A page may be ${query} s old: what each access pattern bears is in docs/cache.md.`,
  ];
}
