import { styleText } from "node:util";
import type { Environment } from "../config/environment.ts";
import { namesOf, stackNames } from "../config/names.ts";
import type { Conversation } from "../messaging/items.ts";
import type { DemoResult } from "./demo.ts";

/** Lines that describe the demo in one environment. */
export function demoReport(environment: string, result: DemoResult): string[] {
  const { people, before, after, functionTotals, movedAfterMilliseconds } = result;
  const { invocations, records, rowsWritten } = functionTotals;
  return [
    "",
    styleText("bold", `${environment}: inboxes before and after Bob and Alice send messages`),
    ...people.flatMap((person, index) => [
      ...inbox(`${person.displayName}'s inbox before`, before[index] ?? []),
      ...inbox(`${person.displayName}'s inbox after`, after[index] ?? []),
    ]),
    `  The trigger invoked the function ${times(invocations)} for ${records} messages. The function moved ${rowsWritten} conversation rows;`,
    `  the inboxes were up to date ${movedAfterMilliseconds} ms after the last message.`,
  ];
}

/**
 * Lines that suggest what to do next.
 * @param kept where an embedded AWS keeps running, and the files for shells that have its variables.
 */
export function nextSteps(
  [first]: readonly Environment[],
  kept?: { readonly endpoint: string; readonly shellFiles: readonly string[] },
): string[] {
  if (!first) return [];
  if (!kept)
    return [
      "",
      "Everything was removed. What to do next:",
      "  npm start -- --keep                  keep it running, to look around",
      `  npm start -- --environment ${first.name.padEnd(10)}deploy one environment only`,
      "  npm start -- --cache                 deploy it with a cache, and read through that",
      "  README.md                            deploy to AWS, change a setting, add an environment",
    ];
  const [shellFile = "", ...others] = kept.shellFiles;
  return [
    "",
    `It is running at ${kept.endpoint}. To connect this shell to ${first.name}'s account:`,
    `  source ${shellFile}${others.length > 0 ? `   # or ${others.join(", ")}` : ""}`,
    "Then, for example:",
    "  aws dynamodb list-tables",
    `  aws dynamodb put-item --table-name ${namesOf(first).tables.users} --item file://samples/Users/item.json`,
    `  npx cdktf diff ${stackNames(first.name).messaging}`,
    "  npm start -- --keep                  deploy again: no changes",
    "To stop it:",
    "  npm stop",
  ];
}

function inbox(title: string, conversations: readonly Conversation[]): string[] {
  const width = Math.max(...conversations.map(({ other }) => other.displayName.length));
  const row = ({ movedAt, other, newestText }: Conversation) =>
    `    ${movedAt.slice(11, 23)}  ${other.displayName.padEnd(width)}  ${newestText}`;
  return [`  ${title}`, ...conversations.map(row)];
}

const times = (count: number) => (count === 1 ? "once" : `${count} times`);
