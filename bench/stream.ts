import { clientSettings } from "../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../local/embedded-aws/start.ts";
import { type Algorithm, current, original } from "./algorithms.ts";
import { bundleReport } from "./bundle-report.ts";
import { coldStartReport } from "./cold-start.ts";
import { type Cost, measure } from "./measure.ts";
import { createTable, MESSAGES, type Workload } from "./workload.ts";

/** A workload, what handles it, and the most that a message may cost; by default, anything. */
interface Case extends Workload {
  readonly algorithm: Algorithm;
  readonly limits?: Readonly<Partial<Record<keyof Cost, number>>>;
}

/** One conversation whose messages come one by one. */
function messagesAlone(members: number): Case[] {
  const one = { members, algorithm: current };
  const ten = { ...one, functions: 10, inboxRows: 1_001 };
  const limitsOfOne = { writeUnits: 6 * members, wastedUnits: 0, readUnits: 0.1 };
  const limits = {
    writeUnits: 6 * members,
    ...(members === 2 ? { wastedUnits: 1, readUnits: 6 } : { wastedUnits: 15, readUnits: 15 }),
  };
  return [
    { members, algorithm: original },
    { ...one, limits: limitsOfOne },
    { ...one, inboxRows: 1_001, limits: limitsOfOne },
    { ...one, functions: 2, limits },
    { ...one, functions: 2, inboxRows: 1_001, limits },
    { ...one, functions: 10, limits },
    { ...ten, limits },
    { ...ten, order: "at random", limits },
    { ...ten, lateIndex: true },
  ];
}

/** Conversations whose messages come a hundred at a time. */
function messagesTogether(members: number): Case[] {
  // For each message, the original makes 2 calls and consumes 4 write units a member.
  const [calls, writeUnits] = [1 + 2 * members, 4 * members];
  return [1, 10, MESSAGES].flatMap((messagesPerConversation) => {
    const workload = { members, messagesPerConversation, messagesPerBatch: MESSAGES };
    const limits =
      messagesPerConversation === 1
        ? { calls, writeUnits: 1.5 * writeUnits }
        : { calls: calls / 5, writeUnits: writeUnits / 4 };
    return [
      { ...workload, algorithm: original },
      { ...workload, algorithm: current, limits },
    ];
  });
}

const deleted = { algorithm: current, functions: 10, absentMembers: 1 };

const sections: Readonly<Record<string, readonly Case[]>> = {
  "A conversation of 2, a message in each batch": [
    ...messagesAlone(2),
    { ...deleted, members: 2, inboxRows: 2_000, functions: 1, limits: { readUnits: 1 } },
    { ...deleted, members: 2, inboxRows: 2_000, limits: { readUnits: 6 } },
    { members: 2, algorithm: original, longTexts: true },
    { members: 2, algorithm: current, longTexts: true, limits: { writeUnits: 12 } },
  ],
  "A conversation of 20, a message in each batch": [
    ...messagesAlone(20),
    { ...deleted, members: 20, inboxRows: 1_001, limits: { readUnits: 15 } },
  ],
  "Conversations of 2, 100 messages in a batch": messagesTogether(2),
  "Conversations of 20, 100 messages in a batch": messagesTogether(20),
};

const COLUMNS: readonly (readonly [of: keyof Cost, ...heading: string[]])[] = [
  ["calls", "", "calls"],
  ["indexQueries", "index", "queries"],
  ["tableReads", "table", "reads"],
  ["readUnits", "read", "units"],
  ["writeUnits", "write", "units"],
  ["wastedUnits", "wasted", "units"],
  ["invocations", "invo-", "cations"],
  ["milliseconds", "", "ms"],
];

/** Formats a line of the table, whose columns are as wide in every section. */
const line = (label: string, cell: (of: keyof Cost, headings: readonly string[]) => string) =>
  `  ${label.padEnd(64)}${COLUMNS.map(([of, ...headings]) => cell(of, headings).padStart(9)).join("")}`;

const HEADINGS = [0, 1].map((row) =>
  line(row === 0 ? "average of 100 messages" : "", (_, headings) => headings[row] ?? ""),
);

/**
 * Measures the stream function and the original algorithm on the embedded AWS, and the function's bundle and cold start.
 * @returns whether no limit is exceeded.
 */
export async function benchStream(): Promise<boolean> {
  const aws = await startEmbeddedAws();
  try {
    const settings = clientSettings(aws, "111111111111");
    const table = await createTable(settings, "workloads");
    const exceeded: string[] = [];
    for (const [title, cases] of Object.entries(sections)) {
      console.log([title, ...HEADINGS].join("\n"));
      for (const each of cases) {
        const cost = await measure(each.algorithm, table, each);
        console.log(line(labelOf(each), (of) => perMessage(cost[of])));
        exceeded.push(...exceededLimits(each, cost).map((text) => `${title}: ${text}`));
      }
    }
    console.log(
      exceeded.length === 0 ? "\nNo message costs more than it may." : ["\nNOT MET:", ...exceeded].join("\n"),
    );
    console.log(["", ...bundleReport()].join("\n"));
    console.log(["", ...(await coldStartReport(table))].join("\n"));
    return exceeded.length === 0;
  } finally {
    await aws.stop();
  }
}

function exceededLimits({ limits = {}, ...measured }: Case, cost: Cost): string[] {
  const columns = COLUMNS.filter(([of]) => cost[of] / MESSAGES > (limits[of] ?? Infinity));
  return columns.map(
    ([of, ...headings]) =>
      `${labelOf(measured)}: ${headings.join(" ").trim()} ${perMessage(cost[of])}, at most ${limits[of]}`,
  );
}

const perMessage = (cost: number) => (cost / MESSAGES).toFixed(2);

function labelOf({ algorithm, functions = 1, order, messagesPerConversation, ...workload }: Case): string {
  const { inboxRows = 1, absentMembers, longTexts, lateIndex } = workload;
  const parts = [
    messagesPerConversation !== undefined && `${messagesPerConversation} a conversation`,
    algorithm.name === "original" ? "original" : `${functions} function${functions === 1 ? "" : "s"}`,
    order === "at random" && order,
    inboxRows > 1 && `inboxes of ${inboxRows.toLocaleString("en")}`,
    absentMembers && "deleted by one",
    longTexts && "half of the texts of 20 kB",
    lateIndex && "index late",
  ];
  return parts.filter(Boolean).join(", ");
}
