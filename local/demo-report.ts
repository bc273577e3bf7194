import { styleText } from "node:util";
import type { Conversation } from "../messaging/items.ts";
import type { AwsEndpoint } from "./embedded-aws/configured-endpoint.ts";
import type { DemoResult } from "./demo.ts";

/** The story of one environment, as a person reads it. */
export function demoReport(environment: string, story: DemoResult): string[] {
  const { trigger } = story;
  return [
    "",
    styleText("bold", `${environment}: Bob and Alice write, and what their inboxes show`),
    ...story.people.flatMap((person, index) => [
      ...inbox(`${person.displayName}'s inbox before`, story.before[index] ?? []),
      ...inbox(`${person.displayName}'s inbox after`, story.after[index] ?? []),
    ]),
    `  The trigger ran the function ${times(trigger.invocations)} for ${trigger.records} messages. Those that began a conversation moved`,
    `  nothing; the others moved ${trigger.rowsWritten} conversation rows, within ${story.movedAfterMilliseconds} ms of the last message.`,
  ];
}

/** What to do now. */
export function nextSteps(aws: AwsEndpoint, accounts: readonly string[], running: boolean): string[] {
  if (!running)
    return [
      "",
      "All of it is gone again. To look around in it, and to change it:",
      "  npm start -- --keep                  leave it running",
      "  npm start -- --environment dev       one environment alone",
      "  README.md                            deploy to AWS, change a setting, add an environment",
    ];
  const [account = ""] = accounts;
  const variables = ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"];
  const env = aws.environmentFor(account);
  return [
    "",
    `It is running at ${aws.endpoint}. To reach it:`,
    ...variables.map((name) => `  export ${name}=${env[name] ?? ""}`),
    ...(accounts.length > 1
      ? [`  # the other environments: AWS_ACCESS_KEY_ID=${accounts.slice(1).join(", ")}`]
      : []),
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
  const rows = conversations.map(({ movedAt, other, newestText }) => [
    movedAt.slice(11, 23),
    other.displayName,
    newestText,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return [
    `  ${title}`,
    ...rows.map(
      (row) =>
        `    ${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}`,
    ),
  ];
}

const times = (count: number) => (count === 1 ? "once" : `${count} times`);
