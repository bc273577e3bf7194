import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { BatchWriteCommand, DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import type { EnvironmentLiteral } from "../../../config/environment.ts";
import type { EmbeddedAws } from "../../../local/embedded-aws/embedded-aws.ts";
import { evaluateScaling } from "../../../local/embedded-aws/scaling.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import { CONVERSATION_INDEX } from "../../../messaging/tables.ts";
import { driftFromStacks, pendingFromStacks } from "../../../review/plan/drift.ts";
import { planFromStacks, type Plan } from "../../../review/plan/plan.ts";
import { reviewPlan } from "../../../review/review-plan.ts";
import { DeployedCode, type Resources } from "../../support/deployed-code.ts";
import { devLiteral } from "../../support/environments.ts";
import { ACCOUNT, clientSettings } from "../../support/messages-table.ts";
import { actionsOf } from "../../support/plan-actions.ts";
import { describeWith } from "../../support/requirements.ts";
import { synthesizeMessaging } from "../../support/synthesized.ts";

type Billing = EnvironmentLiteral["tables"]["messages"]["billing"];

const limits = (minimum: number, maximum: number) => ({ minimum, maximum });
const scaling = (minimum: number, maximum: number) => ({ targetPercent: 70, ...limits(minimum, maximum) });
const fixed: Billing = { mode: "provisioned", readUnits: 5, writeUnits: 5 };
const limited: Billing = { mode: "on-demand", maximumReadUnits: 50, maximumWriteUnits: 60 };
const autoscaled: Billing = { mode: "autoscaled", read: scaling(5, 100), write: scaling(5, 400) };
const scheduled: Billing = {
  mode: "autoscaled",
  read: scaling(5, 100),
  write: {
    targetPercent: 70,
    schedules: {
      day: { cron: "0 7 * * ? *", ...limits(60, 400) },
      night: { cron: "0 23 * * ? *", ...limits(10, 100) },
    },
  },
};

interface Code {
  readonly resource: Resources;
  readonly data?: Resources;
}

/** The part of the messaging stack that scales the messages table, with the table. */
function codeOf(billing: Billing): Code {
  const messages = { ...devLiteral.tables.messages, encryption: "aws-owned", billing } as const;
  const { json } = synthesizeMessaging({ ...devLiteral, tables: { ...devLiteral.tables, messages } });
  const ofTable = (resources: Resources) =>
    Object.fromEntries(
      Object.entries(resources)
        .filter(([type]) => /dynamodb_table|appautoscaling/.test(type))
        .map(([type, named]) => [
          type,
          Object.fromEntries(Object.entries(named).filter(([name]) => name.startsWith("messages-table_"))),
        ]),
    );
  const { resource, data } = json as { resource: Resources; data?: Resources };
  return { resource: ofTable(resource), ...(data && { data: ofTable(data) }) };
}

/** The code with one index more, like the one that is there. */
function withIndex({ resource, ...rest }: Code, index: string): Code {
  const table = "aws_dynamodb_table";
  const [[name, values] = ["", {}]] = Object.entries(resource[table] ?? {});
  const { global_secondary_index: indexes = [] } = values as { global_secondary_index?: object[] };
  const more = JSON.parse(JSON.stringify(indexes).replaceAll(CONVERSATION_INDEX, index)) as object[];
  const changed = { ...values, global_secondary_index: [...indexes, ...more] };
  return { resource: { ...resource, [table]: { [name]: changed } }, ...rest };
}

const scalingTypes = ["aws_appautoscaling_policy", "aws_appautoscaling_target"];
const all = (action: string) => scalingTypes.map((type) => `${type} ${action}`);

/** Each test plans, and some deploy, several times. */
jest.setTimeout(600_000);

describeWith(["python", "terraform"], "a table whose capacity is scaled, in the embedded AWS", () => {
  let aws: EmbeddedAws;
  let deployed: DeployedCode;
  let dynamodb: DynamoDBClient;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    deployed = await DeployedCode.start(aws);
    dynamodb = new DynamoDBClient(clientSettings(aws));
  });
  afterAll(async () => {
    await deployed.remove();
    await aws.stop();
  });

  const deploy = async (billing: Billing) => {
    const { resource, data } = codeOf(billing);
    expect(await deployed.deploy(resource, data)).toEqual({ before: true, after: false });
  };
  const plan = async ({ resource, data }: Code) => planFromStacks([await deployed.plan(resource, data)]);
  const findings = async (changes: Plan) =>
    (await reviewPlan(changes, { name: "test" })).findings.map(({ rule, what }) => `${rule}: ${what}`);

  /** What a drift report says of the deployed code: changes outside of Terraform, and what isn't applied. */
  async function drift(billing: Billing): Promise<string[]> {
    const { resource, data } = codeOf(billing);
    const outside = driftFromStacks([await deployed.plan(resource, data, "-refresh-only")]);
    const pending = pendingFromStacks([await deployed.plan(resource, data, "-refresh=false")]);
    return [...actionsOf(outside), ...actionsOf(pending)];
  }

  /** Writes 100 conversation rows of 40 kB each: they consume 4,000 write units of the table, and of its index. */
  async function load(): Promise<void> {
    const document = DynamoDBDocumentClient.from(dynamodb);
    const rows = Array.from({ length: 25 }, (_, sk) => ({
      PutRequest: {
        Item: { pk: "GRP#a", sk: `${sk}`, message_group_uuid: "b", message: "x".repeat(40_000) },
      },
    }));
    for (let batch = 0; batch < 4; batch += 1)
      await document.send(new BatchWriteCommand({ RequestItems: { "cruddur-messages": rows } }));
  }

  async function capacity(): Promise<Record<string, number | undefined>> {
    const { Table: table } = await dynamodb.send(new DescribeTableCommand({ TableName: "cruddur-messages" }));
    const index = table?.GlobalSecondaryIndexes?.[0]?.ProvisionedThroughput;
    return {
      read: table?.ProvisionedThroughput?.ReadCapacityUnits,
      write: table?.ProvisionedThroughput?.WriteCapacityUnits,
      indexWrite: index?.WriteCapacityUnits,
    };
  }

  test("scaling that is turned on leaves the table as it is", async () => {
    await deploy(fixed);
    expect(actionsOf(await plan(codeOf(autoscaled)))).toEqual(all("create"));
    await deploy(autoscaled);
    expect(await capacity()).toEqual({ read: 5, write: 5, indexWrite: 5 });
  });

  test("under load the scaler sets the capacity, which is no change of a plan and no drift", async () => {
    await load();
    await evaluateScaling(aws, { account: ACCOUNT });
    expect(await capacity()).toEqual({ read: 5, write: expect.any(Number), indexWrite: expect.any(Number) });
    const { write = 0, indexWrite = 0 } = await capacity();
    expect(Math.min(write, indexWrite)).toBeGreaterThan(20);

    expect(actionsOf(await plan(codeOf(autoscaled)))).toEqual([]);
    expect(await drift(autoscaled)).toEqual([]);

    const added = await plan(withIndex(codeOf(autoscaled), "by-time"));
    expect(actionsOf(added)).toEqual(["aws_dynamodb_table update"]);
    const [table] = added.updated("aws_dynamodb_table");
    expect(table?.after).toMatchObject({ write_capacity: write, read_capacity: 5 });
    expect(table?.after?.["global_secondary_index"]).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: "by-time", read_capacity: 100, write_capacity: 400 }),
        expect.objectContaining({ name: CONVERSATION_INDEX, read_capacity: 5, write_capacity: indexWrite }),
      ]),
    );
  });

  test("scaling that is turned off says how far the capacity falls", async () => {
    const { write = 0 } = await capacity();
    const off = await plan(codeOf(fixed));
    expect(actionsOf(off)).toEqual([...all("delete"), "aws_dynamodb_table update"]);
    expect(await findings(off)).toContain(
      `capacity-change: The write capacity of table cruddur-messages is lowered from ${write} to 5 units per second.`,
    );
  });

  test("limits that are narrowed bring the capacity into them", async () => {
    const narrowed = await plan(codeOf({ ...autoscaled, write: scaling(5, 20) }));
    expect(narrowed.updated("aws_dynamodb_table")[0]?.after).toMatchObject({ write_capacity: 20 });
  });

  test("on demand and back: nothing is replaced, and the table begins with the maximum", async () => {
    const toOnDemand = await plan(codeOf(limited));
    expect(actionsOf(toOnDemand)).toEqual([...all("delete"), "aws_dynamodb_table update"]);
    expect(await findings(toOnDemand)).toEqual([
      expect.stringMatching(/^capacity-change: Table cruddur-messages changes from provisioned to on-demand/),
      // Terraform doesn't know what an index has on demand.
      expect.stringMatching(/^unproven: global_secondary_index\.read_capacity, /),
    ]);
    await deploy(limited);
    expect(actionsOf(await plan(codeOf(autoscaled)))).toEqual([
      ...all("create"),
      "aws_dynamodb_table update",
    ]);
    await deploy(autoscaled);
    expect(await capacity()).toEqual({ read: 100, write: 400, indexWrite: 400 });
  });

  test("the limits that a schedule sets are no change of a plan and no drift", async () => {
    await deploy(scheduled);
    // A night lies between now and the second morning, whatever time it is.
    const secondMorning = new Date();
    secondMorning.setUTCDate(secondMorning.getUTCDate() + 2);
    secondMorning.setUTCHours(7, 1);
    await evaluateScaling(aws, { account: ACCOUNT, at: secondMorning });
    // The night brings it to 100 at most, the day to 60 at least.
    expect((await capacity())["write"]).toBeLessThanOrEqual(100);
    expect((await capacity())["write"]).toBeGreaterThanOrEqual(60);
    expect(actionsOf(await plan(codeOf(scheduled)))).toEqual([]);
    expect(await drift(scheduled)).toEqual([]);

    const unscheduled = await plan(codeOf(autoscaled));
    expect(actionsOf(unscheduled)).toEqual([
      "aws_appautoscaling_scheduled_action delete",
      "aws_appautoscaling_target update",
    ]);
  });
});
