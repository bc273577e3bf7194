import { expect, jest, test } from "@jest/globals";
import { logBatch } from "../../../lambdas/messaging-stream/metrics.ts";
import { devLiteral } from "../../support/environments.ts";
import { synthesizeMessaging } from "../../support/synthesized.ts";

const filters = synthesizeMessaging({ ...devLiteral, monitoring: { inboxMetrics: true } }).ofType(
  "aws_cloudwatch_log_metric_filter",
);

test("without the setting there is no metric filter", () => {
  expect(synthesizeMessaging(devLiteral).ofType("aws_cloudwatch_log_metric_filter")).toEqual([]);
});

test("a metric filter each for the delay, the messages and the rows, of the function's log group", () => {
  const metric = (name: string, field: string, unit: string) => ({
    name,
    log_group_name: expect.stringMatching(/^\$\{aws_cloudwatch_log_group\./) as unknown,
    pattern: `{ $.${field} >= 0 }`,
    metric_transformation: {
      namespace: "CruddurMessaging",
      name,
      value: `$.${field}`,
      unit,
      dimensions: { FunctionName: "$.FunctionName" },
    },
  });
  expect(filters.map(({ values }) => values)).toMatchObject([
    metric("InboxDelay", "inboxDelayMilliseconds", "Milliseconds"),
    metric("Messages", "messages", "Count"),
    metric("RowsWritten", "rowsWritten", "Count"),
  ]);
});

test("the function logs each field that a filter reads", () => {
  process.env["AWS_LAMBDA_FUNCTION_NAME"] = "stream";
  const stdout = jest.spyOn(process.stdout, "write").mockReturnValue(true);
  logBatch({ messages: 1, rowsWritten: 2, inboxDelays: [300] }, {});
  const line = JSON.parse(String(stdout.mock.calls[0]?.[0])) as object;
  stdout.mockRestore();
  delete process.env["AWS_LAMBDA_FUNCTION_NAME"];
  const read = JSON.stringify(filters.map(({ values }) => values)).matchAll(/\$\.(\w+)/g);
  for (const [, field = ""] of read) expect(line).toHaveProperty(field);
});
