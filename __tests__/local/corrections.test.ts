import {
  DescribeContinuousBackupsCommand,
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  UpdateContinuousBackupsCommand,
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
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import {
  GetResourcesCommand,
  ResourceGroupsTaggingAPIClient,
} from "@aws-sdk/client-resource-groups-tagging-api";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { denyWithoutTls, policyDocument } from "../../constructs/policy.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { describeWith } from "../support/requirements.ts";
import { query } from "../support/query-protocol.ts";
import { createFunction, type MappingSettings, streamReads } from "../support/create-function.ts";
import { CONVERSATION_INDEX } from "../../messaging/tables.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../support/messages-table.ts";

const corrections = [
  "describe-alarms",
  "point-in-time-recovery-days",
  "vpc-endpoint-policy",
  "security-group-rules",
  "event-source-mapping-metrics",
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

  describe("point-in-time-recovery-days", () => {
    async function recovery(aws: EmbeddedAws, TableName: string, RecoveryPeriodInDays?: number) {
      const { client } = await createMessagesTable(aws, TableName);
      const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays };
      await client.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
      const described = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
      return described.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
    }

    test.each([
      ["the days are stored", 14, 14],
      ["the default is 35 days", undefined, 35],
    ])("%s", async (_, given, stored) => {
      expect(await recovery(corrected, `${stored}-days`, given)).toMatchObject({
        PointInTimeRecoveryStatus: "ENABLED",
        RecoveryPeriodInDays: stored,
      });
    });

    test("36 days are rejected", async () => {
      await expect(recovery(corrected, "36-days", 36)).rejects.toThrow("between 1 and 35 (given 36)");
    });

    test("is needed: ministack drops the days", async () => {
      const { RecoveryPeriodInDays, ...shipped } = (await recovery(asShipped, "14-days", 14)) ?? {};
      expect(shipped.PointInTimeRecoveryStatus).toBe("ENABLED");
      expect(RecoveryPeriodInDays).toBeUndefined();
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
