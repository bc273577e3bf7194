import { styleText } from "node:util";
import type { Conversation } from "../messaging/items.ts";
import { environmentFor } from "./embedded-aws/embedded-aws.ts";
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

/** Lines that suggest what to do next. */
export function nextSteps(endpoint: string, accounts: readonly string[], running: boolean): string[] {
  if (!running)
    return [
      "",
      "Everything was removed. What to do next:",
      "  npm start -- --keep                  keep it running, to look around",
      "  npm start -- --environment dev       deploy one environment only",
      "  README.md                            deploy to AWS, change a setting, add an environment",
    ];
  const [account = "", ...others] = accounts;
  const variables = ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"];
  const env = environmentFor(endpoint, account);
  return [
    "",
    `It is running at ${endpoint}. To connect to it:`,
    ...variables.map((name) => `  export ${name}=${env[name] ?? ""}`),
    ...(others.length > 0 ? [`  # the other environments: AWS_ACCESS_KEY_ID=${others.join(", ")}`] : []),
    "Then, for example:",
    "  aws dynamodb list-tables",
    "  aws dynamodb put-item --table-name Users --item file://samples/Users/item.json",
    "  npx cdktf diff messaging-dev",
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
