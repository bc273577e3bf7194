import {
  CloudWatchClient,
  GetMetricStatisticsCommand,
  type GetMetricStatisticsCommandInput,
} from "@aws-sdk/client-cloudwatch";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  type MetricTransformation,
  PutMetricFilterCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { createFunction } from "../support/create-function.ts";
import { clientSettings } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";
import { until } from "../support/until.ts";

const transformation: MetricTransformation = {
  metricNamespace: "Test",
  metricName: "Delay",
  metricValue: "$.delay",
  unit: "Milliseconds",
  dimensions: { FunctionName: "$.function" },
};

describeWith(["python"], "metric filters of the embedded AWS", () => {
  let corrected: EmbeddedAws;
  let asShipped: EmbeddedAws;
  let made = 0;

  beforeAll(async () => {
    corrected = await startEmbeddedAws();
    asShipped = await startEmbeddedAws({ without: ["metric-filters"] });
  });
  afterAll(async () => {
    await corrected.stop();
    await asShipped.stop();
  });

  /** Puts a filter on the log group of a function that is to be created. */
  async function putFilter(
    aws: EmbeddedAws,
    filterPattern: string,
    changes: Partial<MetricTransformation> = {},
  ) {
    const name = `writer-${(made += 1)}`;
    const [logs, logGroupName] = [new CloudWatchLogsClient(clientSettings(aws)), `/aws/lambda/${name}`];
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    const metricTransformations = [{ ...transformation, ...changes }];
    await logs.send(
      new PutMetricFilterCommand({ logGroupName, filterName: "delay", filterPattern, metricTransformations }),
    );
    return name;
  }

  /** Lets a function write lines to its standard output. */
  async function write(aws: EmbeddedAws, name: string, lines: readonly (object | string)[]) {
    const code =
      "exports.handler = async (lines) => lines.forEach((line) => process.stdout.write(`${line}\\n`));";
    await createFunction(aws, name, code);
    const texts = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
    await new LambdaClient(clientSettings(aws)).send(
      new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(texts) }),
    );
  }

  async function statistics(
    aws: EmbeddedAws,
    functionName: string,
    unit: GetMetricStatisticsCommandInput["Unit"],
  ) {
    const { Datapoints: [datapoint] = [] } = await new CloudWatchClient(clientSettings(aws)).send(
      new GetMetricStatisticsCommand({
        Namespace: "Test",
        MetricName: "Delay",
        Dimensions: [{ Name: "FunctionName", Value: functionName }],
        StartTime: new Date(Date.now() - 3_600_000),
        EndTime: new Date(Date.now() + 3_600_000),
        Period: 7_200,
        Statistics: ["Maximum", "SampleCount", "Sum"],
        Unit: unit,
      }),
    );
    return datapoint && [datapoint.Maximum, datapoint.SampleCount, datapoint.Sum];
  }

  test("a field of the lines that match becomes a metric, with a dimension of another field", async () => {
    const name = await putFilter(corrected, "{ $.delay >= 0 }");
    const line = { event: "batch", function: name };
    await write(corrected, name, [
      { ...line, delay: 70 },
      "no JSON",
      line,
      { ...line, delay: "80" },
      { ...line, delay: -1 },
      { ...line, delay: true },
      { delay: 90 },
      { ...line, function: "another", delay: 1_000 },
      { ...line, delay: 30.5 },
    ]);
    await until(async () => (await statistics(corrected, "another", "Milliseconds")) !== undefined);
    await until(async () => (await statistics(corrected, name, "Milliseconds"))?.[1] === 2);
    expect(await statistics(corrected, name, "Milliseconds")).toEqual([70, 2, 100.5]);
  });

  test("or of the lines whose field has a text", async () => {
    const name = await putFilter(corrected, '{ $.event = "batch" }');
    await write(corrected, name, [
      { event: "other", function: name, delay: 5 },
      { event: "batch", function: name, delay: 6 },
    ]);
    await until(async () => (await statistics(corrected, name, "Milliseconds")) !== undefined);
    expect(await statistics(corrected, name, "Milliseconds")).toEqual([6, 1, 6]);
  });

  test.each<[string, string, Partial<MetricTransformation>, RegExp]>([
    [
      "a default value beside dimensions",
      "{ $.delay >= 0 }",
      { defaultValue: 0 },
      /can't have a default value/,
    ],
    [
      "more than three dimensions",
      "{ $.delay >= 0 }",
      { dimensions: { a: "$.a", b: "$.b", c: "$.c", d: "$.d" } },
      /3 dimensions at most/,
    ],
    ["a pattern that isn't implemented", "ERROR", {}, /doesn't know such a filter/],
    ["a value that isn't a field", "{ $.delay >= 0 }", { metricValue: "1" }, /doesn't know such a filter/],
  ])("%s is refused", async (_, pattern, changes, why) => {
    await expect(putFilter(corrected, pattern, changes)).rejects.toThrow(why);
  });

  test("is needed: ministack makes no metric", async () => {
    const name = await putFilter(asShipped, "{ $.delay >= 0 }");
    await write(asShipped, name, [{ function: name, delay: 70 }]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await statistics(asShipped, name, "Milliseconds")).toBeUndefined();
  });
});
