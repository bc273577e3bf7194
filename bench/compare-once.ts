import { compareTables } from "../restore/compare/compare-tables.ts";
import { measuredClient } from "./measured-client.ts";
import { TABLES } from "./restored-tables.ts";

// Compares two messages tables in this process, and prints what that took. With a number of items, it kills itself once it
// has read so many, like a machine that fails.
const [restored = "", live = "", journalFile = "", stopAfter = "Infinity"] = process.argv.slice(2);
const ITEMS_AT_ONCE = 1_000;
const { client, consumed } = measuredClient({});
const parameters = { client, table: "messages", itemsAtOnce: ITEMS_AT_ONCE } as const;
let pages = 0;
const onProgress = () => {
  pages += 1;
  if (pages * ITEMS_AT_ONCE >= Number(stopAfter)) process.kill(process.pid, "SIGKILL");
};

// Empty tables first: what that needs, such as the SDK, is not what items take.
await compareTables({
  ...parameters,
  restored: TABLES.empty,
  live: TABLES.empty,
  journalFile: `${journalFile}-of-empty`,
  onProgress: () => undefined,
});
const [memoryBefore, unitsBefore] = [process.resourceUsage().maxRSS, consumed.readUnits];
const [startedAt, processor] = [performance.now(), process.cpuUsage()];
const comparison = await compareTables({
  ...parameters,
  restored,
  live,
  journalFile,
  onProgress,
});
console.log(
  JSON.stringify({
    comparison,
    milliseconds: performance.now() - startedAt,
    processorMilliseconds: processorMilliseconds(process.cpuUsage(processor)),
    readUnits: consumed.readUnits - unitsBefore,
    bytes: (process.resourceUsage().maxRSS - memoryBefore) * 1_024,
  }),
);

function processorMilliseconds({ user, system }: NodeJS.CpuUsage) {
  return (user + system) / 1_000;
}
