import { clientSettings } from "../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../local/embedded-aws/start.ts";
import { bundleReport } from "./bundle-report.ts";
import { alignColumns } from "./columns.ts";
import { coldStartReport } from "./cold-start.ts";
import { compareAlgorithms, type Comparison, type Cost } from "./compare-algorithms.ts";
import { MESSAGES } from "./workload.ts";

/**
 * Measures the stream function and the original algorithm on the embedded AWS, and the function's bundle and cold start.
 * @returns whether all expectations are met.
 */
export async function benchStream(): Promise<boolean> {
  const aws = await startEmbeddedAws();
  try {
    const settings = clientSettings(aws, "111111111111");
    const comparisons = await compareAlgorithms(settings);
    console.log(comparisonReport(comparisons).join("\n"));
    const expectations = checkExpectations(comparisons);
    console.log(
      ["", ...expectations.map(({ text, isMet }) => `${isMet ? "met    " : "NOT MET"}  ${text}`)].join("\n"),
    );
    console.log(["", ...bundleReport()].join("\n"));
    console.log(["", ...(await coldStartReport(settings))].join("\n"));
    return expectations.every(({ isMet }) => isMet);
  } finally {
    await aws.stop();
  }
}

const MEASURES: readonly { readonly title: string; readonly of: keyof Cost }[] = [
  { title: "calls", of: "calls" },
  { title: "read units", of: "readUnits" },
  { title: "write units", of: "writeUnits" },
  { title: "invocations", of: "invocations" },
  { title: "ms", of: "milliseconds" },
];

function comparisonReport(comparisons: readonly Comparison[]): string[] {
  const rows = comparisons.flatMap(({ messagesPerConversation, members, original, current }) => [
    [`${messagesPerConversation} per conversation, ${members} members`, ...MEASURES.map(() => "")],
    ["  original", ...MEASURES.map(({ of }) => (original[of] / MESSAGES).toFixed(2))],
    ["  current", ...MEASURES.map(({ of }) => (current[of] / MESSAGES).toFixed(2))],
    ["  original / current", ...MEASURES.map(({ of }) => (original[of] / current[of]).toFixed(1))],
  ]);
  return [
    `${MESSAGES} messages, 1, 10 or 100 per conversation, in batches of ${MESSAGES}. Average per message:`,
    ...alignColumns([["", ...MEASURES.map(({ title }) => title)], ...rows]),
    "(The embedded AWS counts half a read unit for each page of a query; AWS counts half a unit for each 4 kB.)",
  ];
}

/** Checks the cost of the current algorithm relative to the original. */
function checkExpectations(comparisons: readonly Comparison[]): { text: string; isMet: boolean }[] {
  return comparisons.flatMap(({ messagesPerConversation, members, original, current }) => {
    const at = `${messagesPerConversation} per conversation, ${members} members:`;
    const calls = original.calls / current.calls;
    const writes = original.writeUnits / current.writeUnits;
    const more = current.writeUnits / original.writeUnits;
    if (messagesPerConversation === 1)
      return [
        { text: `${at} fewer calls (${calls.toFixed(1)} times)`, isMet: calls > 1 },
        { text: `${at} at most 1.5 times the write units (${more.toFixed(2)} times)`, isMet: more <= 1.5 },
      ];
    return [
      { text: `${at} at least 5 times fewer calls (${calls.toFixed(1)} times)`, isMet: calls >= 5 },
      { text: `${at} at least 4 times fewer write units (${writes.toFixed(1)} times)`, isMet: writes >= 4 },
    ];
  });
}
