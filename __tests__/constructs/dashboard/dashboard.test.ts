import { describe, expect, test } from "@jest/globals";
import type { EnvironmentLiteral } from "../../../config/environment.ts";
import { devLiteral, prodLiteral } from "../../support/environments.ts";
import { bodyOf, findFaults, metricsOf, type DashboardBody } from "../../support/dashboard-body.ts";
import { undocumented } from "../../support/documented-metrics.ts";
import { everythingAlarmed } from "../../support/everything-alarmed.ts";
import { synthesizeMessaging } from "../../support/synthesized.ts";

const withDashboard = (literal: EnvironmentLiteral, inboxMetrics: boolean): EnvironmentLiteral => ({
  ...literal,
  monitoring: { dashboard: true, inboxMetrics },
});
const dashboardOf = (literal: EnvironmentLiteral) => {
  const stack = synthesizeMessaging(literal);
  return { stack, body: bodyOf(stack) };
};
const titled = ({ widgets }: DashboardBody, title: RegExp) =>
  widgets.filter(({ properties }) => title.test(String(properties["title"])));
const limitsOf = (body: DashboardBody, title: RegExp) =>
  titled(body, title).map(({ properties }) =>
    Object.fromEntries(
      (
        (properties["annotations"] as { horizontal: { label: string; value: number }[] } | undefined)
          ?.horizontal ?? []
      ).map(({ label, value }) => [label, value]),
    ),
  );

const everything = dashboardOf(withDashboard(everythingAlarmed, true));
const plain = dashboardOf(withDashboard(devLiteral, false));
const onDemand = dashboardOf(withDashboard(prodLiteral, true));

test("an environment without a dashboard has none", () => {
  expect(synthesizeMessaging(devLiteral).ofType("aws_cloudwatch_dashboard")).toEqual([]);
});

describe.each([
  ["with everything on", everything.body],
  ["with nothing else on", plain.body],
  ["on demand", onDemand.body],
])("the dashboard of an environment %s", (_, body) => {
  test("is what AWS documents of the body of a dashboard", () => {
    expect(findFaults(body)).toEqual([]);
  });

  test("shows only metrics that AWS documents, or that the function writes", () => {
    expect(metricsOf(body).flatMap((metric) => undocumented(metric) ?? [])).toEqual([]);
  });

  test("says of every graph what is good or bad, what it costs, or how much there may be; and its unit", () => {
    for (const { type, properties } of body.widgets) {
      if (type === "text") continue;
      expect(properties["title"]).toMatch(/: .*(good|bad|healthy|maximum is set)|^Cost of /);
      if (type === "metric")
        expect(properties["yAxis"]).toMatchObject({ left: { label: expect.stringMatching(/\w/), min: 0 } });
    }
  });

  test("links the runbook", () => {
    expect(body.widgets[0]).toMatchObject({
      type: "text",
      properties: { markdown: expect.stringContaining("docs/runbook.md") },
    });
  });
});

test("shows every alarm of the stack first, beside the delay from a message to its inboxes", () => {
  const { body, stack } = everything;
  const alarms = ["aws_cloudwatch_composite_alarm", "aws_cloudwatch_metric_alarm"].flatMap((type) =>
    stack.ofType(type),
  );
  const [, states, delay] = body.widgets;
  expect(states?.properties["alarms"]).toHaveLength(alarms.length);
  expect(String((states?.properties["alarms"] as string[])[0])).toMatch(
    /^\$\{aws_cloudwatch_composite_alarm\./,
  );
  expect(delay?.properties["title"]).toMatch(/^Delay from a message to its inboxes/);
  expect([states?.y, delay?.y]).toEqual([1, 1]);
});

test("without metrics of the log it shows the iterator age and the trigger's records instead", () => {
  expect(titled(plain.body, /^Delay from a message|^Messages/)).toEqual([]);
  expect(titled(plain.body, /^How long the oldest record|^Records of the stream/)).toHaveLength(2);
  expect(titled(everything.body, /^How long the oldest record|^Records of the stream/)).toHaveLength(2);
});

test("draws the thresholds of the environment's alarms, in the unit of the graph", () => {
  const { body } = everything;
  expect(limitsOf(body, /^Delay from a message/)).toEqual([{ alarm: 60_000 }]);
  expect(limitsOf(body, /^How long the oldest/)).toEqual([{ alarm: 300_000 }]);
  expect(limitsOf(body, /^How long an invocation/)).toEqual([{ timeout: 30_000, alarm: 24_000 }]);
  expect(limitsOf(body, /^The function fails/)).toEqual([{ "alarm: errors": 2, "alarm: throttles": 0 }]);
  expect(limitsOf(body, /^DynamoDB throttles/)).toEqual([{ "alarm: reads": 5, "alarm: writes": 6 }]);
  expect(limitsOf(body, /^Others write/)).toEqual([{ alarm: 100 }]);
  expect(limitsOf(body, /to its replicas/)).toEqual([{ alarm: 30_000 }]);
  expect(limitsOf(plain.body, /^DynamoDB throttles/)).toEqual([{}]);
  expect(limitsOf(body, /at the cache:/)).toEqual([{ alarm: 5 }]);
  expect(limitsOf(body, /^What the cache evicts/)).toEqual([{ alarm: 100_000_000 }]);
  expect(limitsOf(body, /^Processors of the cache/)).toEqual([{ alarm: 80 }]);
  expect(titled(plain.body, /replicas|cache/)).toEqual([]);
});

test("shows the capacity that is consumed a second, of what is there", () => {
  expect(limitsOf(plain.body, /^Reads of /)).toEqual([{ maximum: 5 }, { maximum: 5 }, { maximum: 10 }]);
  expect(limitsOf(everything.body, /^Writes of messages:/)).toEqual([{ maximum: 2_000, alarm: 1_500 }]);
  const [reads] = titled(plain.body, /^Reads of messages:/);
  expect(reads?.properties["metrics"]).toEqual([
    [{ expression: "m0 / PERIOD(m0)", label: "consumed", id: "e0" }],
    [
      "AWS/DynamoDB",
      "ConsumedReadCapacityUnits",
      "TableName",
      expect.any(String),
      { id: "m0", stat: "Sum", visible: false },
    ],
    [
      "AWS/DynamoDB",
      "ProvisionedReadCapacityUnits",
      "TableName",
      expect.any(String),
      { label: "provisioned", stat: "Average" },
    ],
  ]);
  expect(JSON.stringify(onDemand.body)).not.toContain("ProvisionedReadCapacityUnits");
});

test("on demand without a maximum there is no line that would flatten the graph", () => {
  const tables = {
    ...prodLiteral.tables,
    users: { ...prodLiteral.tables.users, billing: { mode: "on-demand" } },
  } as const;
  const { body } = dashboardOf(withDashboard({ ...prodLiteral, tables }, true));
  expect(limitsOf(body, /^Reads of users: no maximum is set/)).toEqual([{}]);
});

test("links the runbook of the repository that deploys", () => {
  const { body } = dashboardOf({
    ...withDashboard(devLiteral, false),
    pipeline: { repository: "owner/name" },
  });
  expect(JSON.stringify(body.widgets[0])).toContain(
    "(https://github.com/owner/name/blob/HEAD/docs/runbook.md)",
  );
});
