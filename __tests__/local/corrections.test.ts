import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  ListMetricsCommand,
  type PutMetricAlarmCommandInput,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import {
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from "@aws-sdk/client-dynamodb";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import {
  AuthorizeSecurityGroupEgressCommand,
  CreateSecurityGroupCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcEndpointsCommand,
  EC2Client,
  type IpPermission,
  ModifyVpcEndpointCommand,
  type PrefixListId,
  RevokeSecurityGroupEgressCommand,
} from "@aws-sdk/client-ec2";
import {
  GetEventSourceMappingCommand,
  InvokeCommand,
  LambdaClient,
  type LogFormat,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import {
  GetResourcesCommand,
  ResourceGroupsTaggingAPIClient,
} from "@aws-sdk/client-resource-groups-tagging-api";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { triggerFilter } from "../../constructs/stream-function/trigger-filter.ts";
import { denyWithoutTls, policyDocument } from "../../constructs/policy.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { describeWith } from "../support/requirements.ts";
import { query } from "../support/query-protocol.ts";
import { createFunction, type MappingSettings, streamReads } from "../support/create-function.ts";
import { CONVERSATION_INDEX } from "../../messaging/tables.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { until } from "../support/until.ts";

const corrections = [
  "alarm-evaluation",
  "dashboard-body",
  "describe-alarms",
  "vpc-endpoint-policy",
  "security-group-rules",
  "embedded-metrics",
  "event-filter-absence",
  "event-source-mapping-metrics",
  "index-capacity",
  "json-console",
  "latency",
  "read-capacity",
  "stream-read-permission",
  "tagged-network",
  "secure-transport",
]; // stream-failures has a test of its own

describeWith(["python"], "the corrections of the embedded AWS", () => {
  let corrected: EmbeddedAws;
  let asShipped: EmbeddedAws;

  beforeAll(async () => {
    corrected = await startEmbeddedAws();
    asShipped = await startEmbeddedAws({ without: corrections });
  });

  afterAll(async () => {
    await corrected.stop();
    await asShipped.stop();
  });

  describe("describe-alarms", () => {
    const monitoring = (aws: EmbeddedAws, parameters: Record<string, string>) =>
      query(aws, ACCOUNT, "monitoring", { Version: "2010-08-01", ...parameters });

    const alarms = {
      metric: {
        Action: "PutMetricAlarm",
        AlarmDescription: "older than <10> minutes & growing",
        Namespace: "AWS/Lambda",
        MetricName: "IteratorAge",
        "Dimensions.member.1.Name": "FunctionName",
        "Dimensions.member.1.Value": "stream",
        Statistic: "Maximum",
        Period: "300",
        EvaluationPeriods: "3",
        Threshold: "600000",
        ComparisonOperator: "GreaterThanThreshold",
        TreatMissingData: "notBreaching",
        "AlarmActions.member.1": "arn:aws:sns:ca-central-1:111111111111:on-call",
        "InsufficientDataActions.member.1": "arn:aws:sns:ca-central-1:111111111111:unknown",
      },
      composite: {
        Action: "PutCompositeAlarm",
        AlarmDescription: "anything wrong",
        AlarmRule: "ALARM(metric)",
        "AlarmActions.member.1": "arn:aws:sns:ca-central-1:111111111111:on-call",
      },
      "metric-math": {
        Action: "PutMetricAlarm",
        EvaluationPeriods: "1",
        Threshold: "1",
        ComparisonOperator: "GreaterThanThreshold",
        "Metrics.member.1.Id": "sum",
        "Metrics.member.1.Expression": "reads + writes",
        "Metrics.member.1.ReturnData": "true",
        "Metrics.member.2.Id": "reads",
        "Metrics.member.2.ReturnData": "false",
        "Metrics.member.2.MetricStat.Period": "60",
        "Metrics.member.2.MetricStat.Stat": "Sum",
        "Metrics.member.2.MetricStat.Metric.Namespace": "AWS/DynamoDB",
        "Metrics.member.2.MetricStat.Metric.MetricName": "ReadThrottleEvents",
      },
    };

    beforeAll(async () => {
      for (const [AlarmName, parameters] of Object.entries(alarms))
        for (const aws of [corrected, asShipped]) await monitoring(aws, { AlarmName, ...parameters });
    });

    const describeAlarm = (aws: EmbeddedAws, name: keyof typeof alarms) =>
      monitoring(aws, {
        Action: "DescribeAlarms",
        "AlarmNames.member.1": name,
        "AlarmTypes.member.1": "MetricAlarm",
        "AlarmTypes.member.2": "CompositeAlarm",
      });

    const onCall = /<AlarmActions><member>arn:[^<]*:on-call<\/member><\/AlarmActions>/;

    test("a metric alarm is returned with all fields", async () => {
      const xml = await describeAlarm(corrected, "metric");
      for (const field of [
        "<AlarmDescription>older than &lt;10&gt; minutes &amp; growing</AlarmDescription>",
        "<Statistic>Maximum</Statistic><Period>300</Period>",
        "<TreatMissingData>notBreaching</TreatMissingData>",
        "<ActionsEnabled>true</ActionsEnabled>",
        "<member><Name>FunctionName</Name><Value>stream</Value></member>",
        onCall,
        /<InsufficientDataActions><member>arn:[^<]*:unknown<\/member>/,
        /<StateUpdatedTimestamp>\d{4}-\d\d-\d\dT[^<]*<\/StateUpdatedTimestamp>/,
      ])
        expect(xml).toMatch(field);
    });

    test("a composite alarm is returned with all fields", async () => {
      const xml = await describeAlarm(corrected, "composite");
      expect(xml).toContain("<AlarmRule>ALARM(metric)</AlarmRule>");
      expect(xml).toContain("<AlarmDescription>anything wrong</AlarmDescription>");
      expect(xml).toMatch(onCall);
    });

    test("an alarm on metric math has metric queries and no single metric", async () => {
      const xml = await describeAlarm(corrected, "metric-math");
      expect(xml).toContain("<Expression>reads + writes</Expression><ReturnData>true</ReturnData>");
      expect(xml).toContain("<MetricName>ReadThrottleEvents</MetricName>");
      expect(xml).not.toContain("<Statistic>");
    });

    test.each([
      ["metric", /<Period>|<AlarmActions>|<Dimensions>|<AlarmDescription>/],
      ["composite", /<AlarmActions>|<AlarmDescription>/],
      ["metric-math", /<Expression>/],
    ] as const)("is needed: ministack omits most fields of a %s alarm", async (name, omitted) => {
      const xml = await describeAlarm(asShipped, name);
      expect(xml).toContain(`<AlarmName>${name}</AlarmName>`);
      expect(xml).not.toMatch(omitted);
    });
  });

  describe("alarm-evaluation", () => {
    const PERIOD = 3_600;

    /** The state that an alarm begins with, on a metric with one letter a period, the newest last: X is a breach. */
    async function stateOf(
      aws: EmbeddedAws,
      datapoints: string,
      settings: Partial<PutMetricAlarmCommandInput>,
    ) {
      const cloudwatch = new CloudWatchClient(clientSettings(aws));
      const { TreatMissingData, DatapointsToAlarm } = settings;
      const AlarmName = `${datapoints} ${TreatMissingData} ${DatapointsToAlarm}`;
      const Dimensions = [{ Name: "alarm", Value: AlarmName }];
      const metric = { Namespace: "Tests", MetricName: "Faults" };
      const now = Date.now();
      const data = Array.from(datapoints, (letter, index) => ({
        letter,
        Timestamp: new Date(now - (datapoints.length - 1 - index) * PERIOD * 1_000),
      }));
      const MetricData = data
        .filter(({ letter }) => letter !== "-")
        .map(({ letter, Timestamp }) => ({
          MetricName: metric.MetricName,
          Dimensions,
          Timestamp,
          Value: letter === "X" ? 1 : 0,
        }));
      await cloudwatch.send(
        new PutMetricAlarmCommand({
          AlarmName,
          ...metric,
          Dimensions,
          Statistic: "Sum",
          Period: PERIOD,
          EvaluationPeriods: 3,
          Threshold: 0,
          ComparisonOperator: "GreaterThanThreshold",
          ...settings,
        }),
      );
      if (MetricData.length > 0)
        await cloudwatch.send(new PutMetricDataCommand({ Namespace: metric.Namespace, MetricData }));
      const { MetricAlarms = [] } = await cloudwatch.send(
        new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }),
      );
      return MetricAlarms[0]?.StateValue;
    }

    const TREATMENTS = ["missing", "ignore", "breaching", "notBreaching"];
    const statesOf = async (datapoints: string, DatapointsToAlarm: number) => {
      const states = TREATMENTS.map((TreatMissingData) =>
        stateOf(corrected, datapoints, { TreatMissingData, DatapointsToAlarm }),
      );
      return (await Promise.all(states)).join(" ");
    };
    /** The first state, kept. */
    const KEPT = "INSUFFICIENT_DATA";

    // The tables of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    test.each([
      ["0-X-X", 3, "OK OK OK OK"],
      ["0----", 3, "OK OK OK OK"],
      ["-----", 3, `INSUFFICIENT_DATA ${KEPT} ALARM OK`],
      ["0XX-X", 3, "ALARM ALARM ALARM ALARM"],
      ["--X--", 3, `ALARM ${KEPT} ALARM OK`],
      ["----X", 3, `${KEPT} ${KEPT} ALARM OK`],
      ["0-X-X", 2, "ALARM ALARM ALARM ALARM"],
      ["00X0X", 2, "ALARM ALARM ALARM ALARM"],
      ["0-X--", 2, "OK OK ALARM OK"],
      ["----0", 2, "OK OK ALARM OK"],
      ["---X-", 2, `ALARM ${KEPT} ALARM OK`],
    ])(
      "the data %s, of which %d of 3 make an alarm, lead to the documented states",
      async (data, needed, states) => {
        expect(await statesOf(data, needed)).toBe(states);
      },
    );

    test("an alarm on metric math has the state that its expression leads to", async () => {
      const cloudwatch = new CloudWatchClient(clientSettings(corrected));
      const metric = (member: number, name: string) => ({
        [`Metrics.member.${member}.Id`]: name,
        [`Metrics.member.${member}.ReturnData`]: "false",
        [`Metrics.member.${member}.MetricStat.Period`]: `${PERIOD}`,
        [`Metrics.member.${member}.MetricStat.Stat`]: "Sum",
        [`Metrics.member.${member}.MetricStat.Metric.Namespace`]: "Tests",
        [`Metrics.member.${member}.MetricStat.Metric.MetricName`]: name,
      });
      await query(corrected, ACCOUNT, "monitoring", {
        Version: "2010-08-01",
        Action: "PutMetricAlarm",
        AlarmName: "misses",
        EvaluationPeriods: "1",
        Threshold: "50",
        ComparisonOperator: "GreaterThanThreshold",
        TreatMissingData: "notBreaching",
        "Metrics.member.1.Id": "percent",
        "Metrics.member.1.ReturnData": "true",
        "Metrics.member.1.Expression": "100 * FILL(misses, 0) / (FILL(hits, 0) + FILL(misses, 0))",
        ...metric(2, "hits"),
        ...metric(3, "misses"),
      });
      const stateAfter = async (...MetricNames: string[]) => {
        const MetricData = MetricNames.map((MetricName) => ({ MetricName, Value: 1 }));
        if (MetricData.length > 0)
          await cloudwatch.send(new PutMetricDataCommand({ Namespace: "Tests", MetricData }));
        const { MetricAlarms = [] } = await cloudwatch.send(
          new DescribeAlarmsCommand({ AlarmNames: ["misses"] }),
        );
        return MetricAlarms[0]?.StateValue;
      };
      expect(await stateAfter()).toBe("OK");
      expect(await stateAfter("misses")).toBe("ALARM");
      expect(await stateAfter("hits")).toBe("OK");
      expect(await stateAfter("misses")).toBe("ALARM");
    });

    test("is needed: ministack takes one datapoint of any alarm's metric for enough", async () => {
      const settings = { TreatMissingData: "notBreaching", DatapointsToAlarm: 2 };
      expect(await stateOf(asShipped, "X", settings)).toBe("ALARM");
      expect(await stateOf(asShipped, "-", settings)).toBe("ALARM");
      expect(await stateOf(corrected, "X", settings)).toBe("OK");
    });
  });

  describe("vpc-endpoint-policy", () => {
    const policy = JSON.stringify({
      Statement: [{ Effect: "Allow", Principal: "*", Action: "dynamodb:Query" }],
    });

    async function createEndpoint(aws: EmbeddedAws, PolicyDocument?: string) {
      const ec2 = new EC2Client(clientSettings(aws));
      const ServiceName = "com.amazonaws.ca-central-1.dynamodb";
      const { VpcEndpoint: created } = await ec2.send(
        new CreateVpcEndpointCommand({ ServiceName, VpcId: "vpc-1", PolicyDocument }),
      );
      const VpcEndpointId = created?.VpcEndpointId ?? "";
      return {
        created,
        modify: (change: { PolicyDocument?: string; ResetPolicy?: boolean }) =>
          ec2.send(new ModifyVpcEndpointCommand({ VpcEndpointId, ...change })),
        describedPolicy: async () => {
          const describe = new DescribeVpcEndpointsCommand({ VpcEndpointIds: [VpcEndpointId] });
          return (await ec2.send(describe)).VpcEndpoints?.[0]?.PolicyDocument;
        },
      };
    }

    test("the policy is stored, changed and reset", async () => {
      const endpoint = await createEndpoint(corrected, policy);
      expect(endpoint.created?.PolicyDocument).toBe(policy);
      expect(await endpoint.describedPolicy()).toBe(policy);

      const narrower = policy.replace("Query", "GetItem");
      await endpoint.modify({ PolicyDocument: narrower });
      expect(await endpoint.describedPolicy()).toBe(narrower);

      await endpoint.modify({ ResetPolicy: true });
      expect(await endpoint.describedPolicy()).toContain('"Action": "*"');
    });

    test("without a policy, the endpoint has full access", async () => {
      const endpoint = await createEndpoint(corrected);
      expect(await endpoint.describedPolicy()).toContain('"Action": "*"');
    });

    test("is needed: ministack returns no policy", async () => {
      const endpoint = await createEndpoint(asShipped, policy);
      await endpoint.modify({ PolicyDocument: policy });
      expect(await endpoint.describedPolicy()).toBeUndefined();
    });
  });

  describe("security-group-rules", () => {
    // Terraform's provider revokes a new group's default rule in this form.
    const defaultRule = { IpProtocol: "-1", FromPort: 0, ToPort: 0, IpRanges: [{ CidrIp: "0.0.0.0/0" }] };
    const httpsTo = (list: PrefixListId) => ({
      IpProtocol: "tcp",
      FromPort: 443,
      ToPort: 443,
      PrefixListIds: [list],
    });
    const described = httpsTo({ PrefixListId: "pl-12345678", Description: "DynamoDB" });

    async function onlyHttps(aws: EmbeddedAws) {
      const ec2 = new EC2Client(clientSettings(aws));
      const group = new CreateSecurityGroupCommand({
        GroupName: "only-https",
        Description: "of the function",
      });
      const { GroupId = "" } = await ec2.send(group);
      const revoke = (rule: IpPermission) =>
        ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: [rule] }));
      const egress = async () => {
        const groups = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }));
        return groups.SecurityGroups?.[0]?.IpPermissionsEgress;
      };
      await revoke(defaultRule);
      await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions: [described] }));
      const Filters = [{ Name: "group-id", Values: [GroupId] }];
      const { SecurityGroupRules: rules } = await ec2.send(
        new DescribeSecurityGroupRulesCommand({ Filters }),
      );
      return { revoke, egress, rules };
    }

    test("a group can allow HTTPS to a prefix list only", async () => {
      const { revoke, egress, rules } = await onlyHttps(corrected);
      expect(await egress()).toEqual([expect.objectContaining(described)]);
      expect(rules).toEqual([
        expect.objectContaining({
          IsEgress: true,
          PrefixListId: "pl-12345678",
          Description: "DynamoDB",
        }),
      ]);
      await revoke(httpsTo({ PrefixListId: "pl-12345678" }));
      expect(await egress()).toEqual([]);
    });

    test("is needed: ministack keeps the default rule and drops the prefix list", async () => {
      const { egress, rules } = await onlyHttps(asShipped);
      expect((await egress())?.map((rule) => rule.IpProtocol)).toEqual(["-1", "tcp"]);
      expect(rules?.some((rule) => rule.PrefixListId !== undefined)).toBe(false);
    });
  });

  describe("embedded-metrics", () => {
    let made = 0;

    const metric = (Name: string) => ({ Name, Unit: "Count" });
    const document = (Namespace: string, changes: object = {}) => ({
      _aws: {
        Timestamp: Date.now(),
        CloudWatchMetrics: [
          {
            Namespace,
            Dimensions: [["service"], ["service", "stage"]],
            Metrics: [metric("Attempts"), metric("Refusals")],
          },
        ],
      },
      service: "inbox",
      stage: "prod",
      Attempts: [2, 3, 4],
      Refusals: 5,
      ...changes,
    });

    /** Lets a function write lines to its standard output. */
    async function write(aws: EmbeddedAws, ...lines: (string | object)[]) {
      const FunctionName = `writer-${(made += 1)}`;
      const code =
        "exports.handler = async (lines) => lines.forEach((line) => process.stdout.write(`${line}\\n`));";
      await createFunction(aws, FunctionName, code);
      const texts = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
      const Payload = JSON.stringify(texts);
      await new LambdaClient(clientSettings(aws)).send(new InvokeCommand({ FunctionName, Payload }));
    }

    async function metricsIn(aws: EmbeddedAws, Namespace: string, settings = clientSettings(aws)) {
      const { Metrics = [] } = await new CloudWatchClient(settings).send(
        new ListMetricsCommand({ Namespace }),
      );
      return Metrics.map(({ MetricName, Dimensions = [] }) =>
        [MetricName, ...Dimensions.map(({ Name, Value }) => `${Name}=${Value}`)].join(" "),
      ).sort();
    }

    test("a document in a function's log adds to the metrics of its account", async () => {
      await write(corrected, document("Documented"), document("Documented"));
      await until(async () => (await metricsIn(corrected, "Documented")).length === 4);
      expect(await metricsIn(corrected, "Documented")).toEqual([
        "Attempts service=inbox",
        "Attempts service=inbox stage=prod",
        "Refusals service=inbox",
        "Refusals service=inbox stage=prod",
      ]);
      expect(await metricsIn(corrected, "Documented", clientSettings(corrected, "888888888888"))).toEqual([]);

      const query = (MetricName: string, Stat: string) => ({
        Id: `${MetricName}${Stat}`.toLowerCase(),
        MetricStat: {
          Metric: {
            Namespace: "Documented",
            MetricName,
            Dimensions: [{ Name: "service", Value: "inbox" }],
          },
          Period: 3_600,
          Stat,
        },
      });
      const values = async () => {
        const { MetricDataResults = [] } = await new CloudWatchClient(clientSettings(corrected)).send(
          new GetMetricDataCommand({
            StartTime: new Date(Date.now() - 7_200_000),
            EndTime: new Date(Date.now() + 7_200_000),
            MetricDataQueries: [
              query("Attempts", "Sum"),
              query("Attempts", "SampleCount"),
              query("Attempts", "Maximum"),
              query("Refusals", "Sum"),
            ],
          }),
        );
        return MetricDataResults.map(({ Values = [] }) => Values.reduce((sum, value) => sum + value, 0));
      };
      await until(async () => (await values())[3] === 10);
      expect(await values()).toEqual([18, 6, 4, 10]);
    });

    test("what breaks the specification adds nothing", async () => {
      const good = JSON.stringify(document("Broken"));
      const last = document("Broken", { service: "last" });
      await write(
        corrected,
        `2026-03-01T10:00:00.000Z INFO ${good}`,
        { level: "INFO", message: good },
        document("Broken", { stage: undefined }),
        document("Broken", { stage: 1 }),
        document("Broken", { Attempts: "3" }),
        document("Broken", { Refusals: undefined }),
        document("Broken", { Attempts: Array.from({ length: 101 }, () => 1) }),
        last,
      );
      const lastOnes = ["Attempts", "Refusals"].flatMap((name) =>
        ["service=last", "service=last stage=prod"].map((dimensions) => `${name} ${dimensions}`),
      );
      await until(async () => (await metricsIn(corrected, "Broken")).length >= lastOnes.length);
      expect(await metricsIn(corrected, "Broken")).toEqual(lastOnes);
    });

    test("is needed: ministack finds no metric in a log", async () => {
      await write(asShipped, document("Documented"));
      expect(await metricsIn(asShipped, "Documented")).toEqual([]);
    });
  });

  describe("dashboard-body", () => {
    async function bodyAgain(aws: EmbeddedAws, text: string) {
      const cloudwatch = { Version: "2010-08-01", DashboardName: "messaging" };
      const DashboardBody = JSON.stringify({ widgets: [], text });
      await query(aws, ACCOUNT, "monitoring", { Action: "PutDashboard", ...cloudwatch, DashboardBody });
      return query(aws, ACCOUNT, "monitoring", { Action: "GetDashboard", ...cloudwatch });
    }

    test("the body of a dashboard comes back as XML that can be read", async () => {
      expect(await bodyAgain(corrected, "a < b & c")).toContain('"text":"a &lt; b &amp; c"}</DashboardBody>');
    });

    test("is needed: ministack writes it into the XML as it is", async () => {
      expect(await bodyAgain(asShipped, "a < b & c")).toContain('"text":"a < b & c"}</DashboardBody>');
    });
  });

  describe("json-console", () => {
    const written = { level: "ERROR", event: "refused" };

    /** The lines of the log of a function that writes a line of JSON in two ways, without Lambda's own. */
    async function lines(aws: EmbeddedAws, LogFormat: LogFormat): Promise<string[]> {
      const FunctionName = `console-${LogFormat}`;
      const code = `const line = ${JSON.stringify(JSON.stringify(written))};
        exports.handler = async () => { console.log(line); process.stdout.write(line + "\\n"); };`;
      await createFunction(aws, FunctionName, code, { LoggingConfig: { LogFormat } });
      const { LogResult = "" } = await new LambdaClient(clientSettings(aws)).send(
        new InvokeCommand({ FunctionName, LogType: "Tail" }),
      );
      return Buffer.from(LogResult, "base64")
        .toString()
        .split("\n")
        .filter((line) => line.includes("refused"));
    }

    test("with the format JSON, console wraps what it is given, and standard output doesn't", async () => {
      const [wrapped = "", plain] = await lines(corrected, "JSON");
      expect(JSON.parse(wrapped)).toEqual({
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        level: "INFO",
        message: JSON.stringify(written),
      });
      expect(plain).toBe(JSON.stringify(written));
    });

    test("with the format text, both are as written", async () => {
      expect(await lines(corrected, "Text")).toEqual([JSON.stringify(written), JSON.stringify(written)]);
    });

    test("is needed: ministack wraps nothing", async () => {
      expect(await lines(asShipped, "JSON")).toEqual([JSON.stringify(written), JSON.stringify(written)]);
    });
  });

  describe("tagged-network", () => {
    const tag = { Key: "environment", Value: "tagged" };

    async function foundByTag(aws: EmbeddedAws) {
      const TagSpecifications = [{ ResourceType: "vpc" as const, Tags: [tag] }];
      const create = new CreateVpcCommand({ CidrBlock: "10.9.0.0/16", TagSpecifications });
      const { Vpc } = await new EC2Client(clientSettings(aws)).send(create);
      const TagFilters = [{ Key: tag.Key, Values: [tag.Value] }];
      const tagging = new ResourceGroupsTaggingAPIClient(clientSettings(aws));
      const { ResourceTagMappingList: found } = await tagging.send(new GetResourcesCommand({ TagFilters }));
      return { arn: `arn:aws:ec2:ca-central-1:${ACCOUNT}:vpc/${Vpc?.VpcId ?? ""}`, found };
    }

    test("a VPC is found by its tag", async () => {
      const { arn, found } = await foundByTag(corrected);
      expect(found).toEqual([{ ResourceARN: arn, Tags: [tag] }]);
    });

    test("is needed: ministack doesn't find it", async () => {
      expect((await foundByTag(asShipped)).found).toEqual([]);
    });
  });

  /** Creates a table, a function and an event source mapping between them. */
  async function createMapping(
    aws: EmbeddedAws,
    name: string,
    allowed: readonly string[],
    settings: MappingSettings = {},
  ) {
    const { streamArn } = await createMessagesTable(aws, name);
    const { connect } = await createFunction(aws, name, "exports.handler = async () => {};", { allowed });
    return connect(streamArn, settings);
  }

  describe("event-source-mapping-metrics", () => {
    async function createWithMetrics(aws: EmbeddedAws) {
      const lambda = new LambdaClient(clientSettings(aws));
      const MetricsConfig = { Metrics: ["EventCount" as const] };
      const { UUID } = await createMapping(aws, "mapped", streamReads, { MetricsConfig });
      const metrics = async () =>
        (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).MetricsConfig?.Metrics;
      return { lambda, UUID, metrics };
    }

    test("the metrics are stored and changed", async () => {
      const { lambda, UUID, metrics } = await createWithMetrics(corrected);
      expect(await metrics()).toEqual(["EventCount"]);
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, MetricsConfig: { Metrics: [] } }));
      expect(await metrics()).toEqual([]);
    });

    test("is needed: ministack drops the metrics", async () => {
      const { metrics } = await createWithMetrics(asShipped);
      expect(await metrics()).toBeUndefined();
    });
  });

  describe("event-filter-absence", () => {
    const folder = mkdtempSync(join(tmpdir(), "event-filter-test-"));
    afterAll(() => {
      rmSync(folder, { recursive: true });
    });

    /** The partition keys of the records that pass the trigger's filter, and how each record came about. */
    async function passing(aws: EmbeddedAws): Promise<string[]> {
      const name = "filtered";
      const file = join(folder, aws === corrected ? "corrected" : "as-shipped");
      const { client, streamArn } = await createMessagesTable(aws, name);
      const { connect } = await createFunction(
        aws,
        name,
        `exports.handler = async ({ Records }) => require("node:fs").appendFileSync(${JSON.stringify(file)},
          Records.map(({ eventName, dynamodb }) => eventName + " " + dynamodb.Keys.pk.S + "\\n").join(""));`,
        { allowed: streamReads },
      );
      const put = (pk: string, attributes: object = {}) =>
        client.send(
          new PutItemCommand({ TableName: name, Item: { pk: { S: pk }, sk: { S: "only" }, ...attributes } }),
        );
      await put("GRP#counted", { member_count: { N: "2" } });
      await put("GRP#uncounted");
      await put("GRP#uncounted", { message: { S: "modified" } });
      await put("MEM#a");
      await put("MSG#a", { member_count: { N: "2" } });
      await put("MSG#end");
      await connect(streamArn, {
        FilterCriteria: { Filters: triggerFilter.map((Pattern) => ({ Pattern })) },
      });
      const lines = () => (existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : []);
      await until(() => lines().some((line) => line.includes("MSG#end")));
      return lines();
    }

    test("a filter can ask for new items without an attribute", async () => {
      expect(await passing(corrected)).toEqual(["INSERT GRP#uncounted", "INSERT MSG#a", "INSERT MSG#end"]);
    });

    test("is needed: ministack lets none of them pass", async () => {
      expect(await passing(asShipped)).toEqual(["INSERT MSG#a", "INSERT MSG#end"]);
    });
  });

  describe("index-capacity", () => {
    const units = (given: number) => ({ ReadCapacityUnits: given, WriteCapacityUnits: given });
    const ofIndex = (settings: object) => [{ Update: { IndexName: CONVERSATION_INDEX, ...settings } }];

    /** Creates a table in on-demand mode. */
    async function tableWith(aws: EmbeddedAws, TableName: string) {
      const { client } = await createMessagesTable(aws, TableName);
      return {
        update: (change: Partial<UpdateTableCommandInput>) =>
          client.send(new UpdateTableCommand({ TableName, ...change })),
        index: async () => {
          const { Table } = await client.send(new DescribeTableCommand({ TableName }));
          return Table?.GlobalSecondaryIndexes?.[0];
        },
      };
    }
    const provisioned = {
      BillingMode: "PROVISIONED" as const,
      ProvisionedThroughput: units(5),
      GlobalSecondaryIndexUpdates: ofIndex({ ProvisionedThroughput: units(6) }),
    };

    test("an index has its own capacity in provisioned mode, and none in on-demand mode", async () => {
      const { update, index } = await tableWith(corrected, "switched");
      await update(provisioned);
      expect((await index())?.ProvisionedThroughput).toMatchObject(units(6));
      await update({ GlobalSecondaryIndexUpdates: ofIndex({ ProvisionedThroughput: units(7) }) });
      expect((await index())?.ProvisionedThroughput).toMatchObject(units(7));
      await update({ BillingMode: "PAY_PER_REQUEST" });
      expect((await index())?.ProvisionedThroughput).toMatchObject(units(0));
    });

    test("without capacity for the table or an index, the mode can't change to provisioned", async () => {
      const { update } = await tableWith(corrected, "unprovisioned");
      const { GlobalSecondaryIndexUpdates, ...tableOnly } = provisioned;
      await expect(update(tableOnly)).rejects.toThrow(`must be specified for index: ${CONVERSATION_INDEX}`);
      await expect(update({ BillingMode: "PROVISIONED", GlobalSecondaryIndexUpdates })).rejects.toThrow(
        "must be specified for table: unprovisioned",
      );
    });

    const maxima = (given: number) => ({ MaxReadRequestUnits: given, MaxWriteRequestUnits: given });

    test("the maxima of an index can be changed", async () => {
      const { update, index } = await tableWith(corrected, "limited");
      await update({ GlobalSecondaryIndexUpdates: ofIndex({ OnDemandThroughput: maxima(50) }) });
      expect((await index())?.OnDemandThroughput).toEqual(maxima(50));
    });

    test("is needed: ministack keeps the capacity, needs none, and drops the maxima", async () => {
      const { update, index } = await tableWith(asShipped, "switched");
      await update({ GlobalSecondaryIndexUpdates: ofIndex({ OnDemandThroughput: maxima(50) }) });
      expect((await index())?.OnDemandThroughput).toBeUndefined();
      await update(provisioned);
      await update({ BillingMode: "PAY_PER_REQUEST" });
      expect((await index())?.ProvisionedThroughput).toMatchObject(units(6));
      await update({ BillingMode: "PROVISIONED" });
    });
  });

  describe("read-capacity", () => {
    /** The consumed units of reads of three items of five kilobytes each, two of them in the index. */
    async function unitsOfReads(aws: EmbeddedAws) {
      const { client, table, tableName: TableName } = await createMessagesTable(aws, "read");
      const item = { pk: "GRP#a", message: "m".repeat(5_000) };
      for (const other of [
        { sk: "1", message_group_uuid: "c" },
        { sk: "2", message_group_uuid: "c" },
        { sk: "3" },
      ])
        await table.client.send(new PutCommand({ TableName, Item: { ...item, ...other } }));
      const request = { TableName, ReturnConsumedCapacity: "INDEXES" as const };
      const consistent = { ...request, ConsistentRead: true };
      const query = async (input: Partial<QueryCommandInput>) => {
        const inbox = { ":pk": { S: "GRP#a" } };
        const page = await client.send(
          new QueryCommand({
            ...request,
            KeyConditionExpression: "pk = :pk",
            ExpressionAttributeValues: inbox,
            ...input,
          }),
        );
        return page.ConsumedCapacity;
      };
      const get = async (sk: string, projection: { ProjectionExpression?: string } = {}) => {
        const Key = { pk: { S: "GRP#a" }, sk: { S: sk } };
        return (await client.send(new GetItemCommand({ ...consistent, Key, ...projection })))
          .ConsumedCapacity;
      };
      const index = await query({
        IndexName: CONVERSATION_INDEX,
        KeyConditionExpression: "message_group_uuid = :conversation",
        ExpressionAttributeValues: { ":conversation": { S: "c" } },
      });
      const capacities = {
        query: await query({}),
        "consistent query": await query({ ConsistentRead: true }),
        "filtered query": await query({ FilterExpression: "attribute_not_exists(message)" }),
        "page of one": await query({ Limit: 1 }),
        "empty query": await query({ ExpressionAttributeValues: { ":pk": { S: "GRP#b" } } }),
        "index query": index,
        scan: (await client.send(new ScanCommand(consistent))).ConsumedCapacity,
        item: await get("1"),
        "part of an item": await get("1", { ProjectionExpression: "sk" }),
        "no item": await get("4"),
      };
      const units = Object.entries(capacities).map(([read, capacity]) => [read, capacity?.CapacityUnits]);
      return {
        ...(Object.fromEntries(units) as Record<keyof typeof capacities, number | undefined>),
        "index's part": index?.GlobalSecondaryIndexes?.[CONVERSATION_INDEX]?.CapacityUnits,
      };
    }

    test("a read consumes a unit for each four kilobytes that it read, or half of that", async () => {
      expect(await unitsOfReads(corrected)).toEqual({
        query: 2,
        "consistent query": 4,
        "filtered query": 2,
        "page of one": 1,
        "empty query": 0.5,
        "index query": 1.5,
        "index's part": 1.5,
        scan: 4,
        item: 2,
        "part of an item": 2,
        "no item": 1,
      });
    });

    test("is needed: ministack counts one item of at most four kilobytes", async () => {
      const units = await unitsOfReads(asShipped);
      expect([units.query, units.scan, units.item]).toEqual([0.5, 1, 1]);
    });
  });

  describe("latency", () => {
    /** The shortest of some responses to a client, in milliseconds. */
    async function shortest({ endpoint }: EmbeddedAws, client: string): Promise<number> {
      const times: number[] = [];
      for (let request = 0; request < 50; request++) {
        const began = performance.now();
        const response = await fetch(`${endpoint}/_ministack/health`, { headers: { "User-Agent": client } });
        await response.arrayBuffer();
        times.push(performance.now() - began);
      }
      return Math.min(...times);
    }

    test("Terraform gets no response sooner than after ten milliseconds", async () => {
      expect(await shortest(corrected, "APN/1.0 HashiCorp/1.0 Terraform/1.11.4")).toBeGreaterThanOrEqual(10);
    });

    test("is needed: ministack answers sooner, and so do both to others", async () => {
      expect(await shortest(asShipped, "APN/1.0 HashiCorp/1.0 Terraform/1.11.4")).toBeLessThan(10);
      expect(await shortest(corrected, "aws-cli/2")).toBeLessThan(10);
    });
  });

  describe("stream-read-permission", () => {
    test.each(streamReads)("without %s in the role's policy, the mapping is refused", async (action) => {
      const others = streamReads.filter((other) => other !== action);
      await expect(createMapping(corrected, action.replace(":", "-"), others)).rejects.toThrow(
        /^Cannot access stream arn:.* Please ensure the role can perform/,
      );
    });

    test("is needed: ministack requires no permission", async () => {
      await expect(createMapping(asShipped, "may-not-read", [])).resolves.toMatchObject({ State: "Enabled" });
    });
  });

  describe("secure-transport", () => {
    async function sendToTlsOnly(aws: EmbeddedAws) {
      const sqs = new SQSClient(clientSettings(aws));
      const Policy = policyDocument(denyWithoutTls("sqs", "*"));
      const create = new CreateQueueCommand({ QueueName: "tls-only", Attributes: { Policy } });
      const { QueueUrl } = await sqs.send(create);
      return sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "over the loopback" }));
    }

    test("a TLS-only queue accepts requests over the loopback interface", async () => {
      expect((await sendToTlsOnly(corrected)).MessageId).toBeDefined();
    });

    test("is needed: ministack denies its own account", async () => {
      await expect(sendToTlsOnly(asShipped)).rejects.toHaveProperty(
        "name",
        expect.stringContaining("AccessDenied"),
      );
    });
  });
});
