import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { countRefused, logBatch } from "../../../lambdas/messaging-stream/metrics.ts";

beforeEach(() => {
  process.env["AWS_LAMBDA_FUNCTION_NAME"] = "stream";
});
afterEach(() => {
  delete process.env["AWS_LAMBDA_FUNCTION_NAME"];
  jest.restoreAllMocks();
});

/** What a function writes to standard output. */
function outputOf(write: () => void): string {
  const stdout = jest.spyOn(process.stdout, "write").mockReturnValue(true);
  write();
  return stdout.mock.calls.map(([chunk]) => String(chunk)).join("");
}

test("the count is one line of the embedded metric format, which the log level INFO lets pass", () => {
  const before = Date.now();
  const line = outputOf(() => {
    countRefused(3);
  });
  expect(line).toMatch(/^.+\n$/);
  const document = JSON.parse(line) as { timestamp: string; _aws: { Timestamp: number } };
  expect(document).toEqual({
    timestamp: expect.any(String),
    level: "INFO",
    event: "metric",
    _aws: {
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [
        {
          Namespace: "CruddurMessaging",
          Dimensions: [["FunctionName"]],
          Metrics: [{ Name: "RefusedRecords", Unit: "Count" }],
        },
      ],
    },
    FunctionName: "stream",
    RefusedRecords: 3,
  });
  expect(document._aws.Timestamp).toBeGreaterThanOrEqual(before);
  expect(Date.parse(document.timestamp)).toBeGreaterThanOrEqual(before);
});

test("a batch is one line with its metrics and the function's name, without a delay where there is none", () => {
  const line = (inboxDelays: number[]) =>
    JSON.parse(
      outputOf(() => {
        logBatch({ messages: 2, rowsWritten: 4, inboxDelays }, { records: 3 });
      }),
    ) as unknown;
  const fields = { timestamp: expect.any(String), level: "INFO", event: "batch", records: 3, messages: 2 };
  const batch = { ...fields, rowsWritten: 4, FunctionName: "stream" };
  expect(line([])).toEqual(batch);
  jest.restoreAllMocks();
  expect(line([70, 900])).toEqual({ ...batch, inboxDelayMilliseconds: 900 });
});

test("the line doesn't go through console, which Lambda's runtime replaces by one that wraps it", () => {
  for (const method of ["log", "info", "warn", "error"] as const)
    jest.spyOn(console, method).mockImplementation(() => undefined);
  expect(
    outputOf(() => {
      countRefused(1);
    }),
  ).toContain('"RefusedRecords":1');
});
