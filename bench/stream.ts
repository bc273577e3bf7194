import { clientSettings } from "../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../local/embedded-aws/start.ts";
import { bundleReport } from "./bundle-report.ts";
import { alignColumns } from "./columns.ts";
import { coldStartReport } from "./cold-start.ts";
import { compareAlgorithms, type Comparison, type CostPerMessage } from "./compare-algorithms.ts";
import { MESSAGES } from "./workload.ts";

/**
 * Measures the stream function and the original algorithm on the embedded AWS, and the function's bundle and cold start.
 * @returns whether all expectations are met.
 */
export async function benchStream(): Promise<boolean> {
  const aws = await startEmbeddedAws();
  try {
    const settings = clientSettings(aws, "111111111111");
    const comparisons: Comparison[] = [];
    for await (const comparison of compareAlgorithms(settings)) comparisons.push(comparison);
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

const MEASURES: readonly (readonly [title: string, of: (cost: CostPerMessage) => number])[] = [
  ["calls", ({ calls }) => calls],
  ["read units", ({ readUnits }) => readUnits],
  ["write units", ({ writeUnits }) => writeUnits],
  ["invocations", ({ invocations }) => invocations],
  ["ms", ({ milliseconds }) => milliseconds],
];

function comparisonReport(comparisons: readonly Comparison[]): string[] {
  const rows = comparisons.flatMap(({ messagesPerConversation, members, original, current }) => [
    [`${messagesPerConversation} per conversation, ${members} members`, ...MEASURES.map(() => "")],
    ["  original", ...MEASURES.map(([, of]) => of(original).toFixed(2))],
    ["  current", ...MEASURES.map(([, of]) => of(current).toFixed(2))],
    ["  original / current", ...MEASURES.map(([, of]) => (of(original) / of(current)).toFixed(1))],
  ]);
  return [
    `${MESSAGES} messages, 1, 10 or 100 per conversation, in batches of ${MESSAGES}. Average per message:`,
    ...alignColumns([["", ...MEASURES.map(([title]) => title)], ...rows]),
    "(The embedded AWS counts half a read unit for each page of a query; AWS counts half a unit for each 4 kB.)",
  ];
}

/** Checks the cost of the current algorithm relative to the original. */
function checkExpectations(comparisons: readonly Comparison[]): { text: string; isMet: boolean }[] {
  return comparisons.flatMap(({ messagesPerConversation, members, original, current }) => {
    const at = `${messagesPerConversation} per conversation, ${members} members:`;
    const calls = original.calls / current.calls;
    const writes = original.writeUnits / current.writeUnits;
    if (messagesPerConversation === 1)
      return [
        { text: `${at} fewer calls (${calls.toFixed(1)} times)`, isMet: calls > 1 },
        {
          text: `${at} at most 1.5 times the write units (${(1 / writes).toFixed(2)} times)`,
          isMet: 1 / writes <= 1.5,
        },
      ];
    return [
      { text: `${at} at least 5 times fewer calls (${calls.toFixed(1)} times)`, isMet: calls >= 5 },
      { text: `${at} at least 4 times fewer write units (${writes.toFixed(1)} times)`, isMet: writes >= 4 },
    ];
  });
}
