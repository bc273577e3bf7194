import { clientSettings } from "../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../local/embedded-aws/start.ts";
import { bundleReport } from "./bundle-report.ts";
import { alignColumns } from "./columns.ts";
import { coldStartReport } from "./cold-start.ts";
import { compareAlgorithms, type Comparison, type CostPerMessage } from "./compare-algorithms.ts";
import { MESSAGES } from "./workload.ts";

/**
 * The stream function beside the original's algorithm, on the embedded AWS; its bundle; its cold start.
 * @returns whether all that is expected of it holds.
 */
export async function benchStream(): Promise<boolean> {
  const aws = await startEmbeddedAws();
  try {
    const settings = clientSettings(aws, "111111111111");
    const comparisons: Comparison[] = [];
    for await (const comparison of compareAlgorithms(settings)) comparisons.push(comparison);
    console.log(comparisonReport(comparisons).join("\n"));
    const judged = expectations(comparisons);
    console.log(["", ...judged.map(({ says, holds }) => `${holds ? "holds" : "FAILS"}  ${says}`)].join("\n"));
    console.log(["", ...bundleReport()].join("\n"));
    console.log(["", ...(await coldStartReport(settings))].join("\n"));
    return judged.every(({ holds }) => holds);
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
    [`${messagesPerConversation} × ${members} members`, ...MEASURES.map(() => "")],
    ["  the original", ...MEASURES.map(([, of]) => of(original).toFixed(2))],
    ["  current", ...MEASURES.map(([, of]) => of(current).toFixed(2))],
    ["  times less", ...MEASURES.map(([, of]) => (of(original) / of(current)).toFixed(1))],
  ]);
  return [
    `${MESSAGES} messages, 1, 10 or 100 of each conversation, in batches of ${MESSAGES}. For each message:`,
    ...alignColumns([["", ...MEASURES.map(([title]) => title)], ...rows]),
    "(The embedded AWS counts half a read unit for any page of a query; in AWS it is half a unit for each 4 kB.)",
  ];
}

/** What issue and design ask for: bounds on how many times less, or more, current needs. */
function expectations(comparisons: readonly Comparison[]): { says: string; holds: boolean }[] {
  return comparisons.flatMap(({ messagesPerConversation, members, original, current }) => {
    const at = `at ${messagesPerConversation} a conversation, ${members} members:`;
    const calls = original.calls / current.calls;
    const writes = original.writeUnits / current.writeUnits;
    if (messagesPerConversation === 1)
      return [
        { says: `${at} fewer calls (${calls.toFixed(1)} times)`, holds: calls > 1 },
        {
          says: `${at} at most 1.5 times the write units (${(1 / writes).toFixed(2)} times)`,
          holds: 1 / writes <= 1.5,
        },
      ];
    return [
      { says: `${at} at least 5 times fewer calls (${calls.toFixed(1)} times)`, holds: calls >= 5 },
      { says: `${at} at least 4 times fewer write units (${writes.toFixed(1)} times)`, holds: writes >= 4 },
    ];
  });
}
