import {
  CreateTableCommand,
  DescribeContinuousBackupsCommand,
  DynamoDBClient,
  UpdateContinuousBackupsCommand,
} from "@aws-sdk/client-dynamodb";
import {
  AuthorizeSecurityGroupEgressCommand,
  CreateSecurityGroupCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcEndpointsCommand,
  EC2Client,
  ModifyVpcEndpointCommand,
  RevokeSecurityGroupEgressCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateEventSourceMappingCommand,
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
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { describeWith } from "../support/requirements.ts";
import { query } from "../support/query-protocol.ts";
import { ACCOUNT, clientSettings } from "../support/messages-table.ts";
import { createFunction, streamReads } from "./small-function.ts";

const corrections = [
  "describe-alarms",
  "point-in-time-recovery-days",
  "vpc-endpoint-policy",
  "security-group-rules",
  "event-source-mapping-metrics",
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

    const describeAlarms = (aws: EmbeddedAws, name: string) =>
      monitoring(aws, {
        Action: "DescribeAlarms",
        "AlarmNames.member.1": name,
        "AlarmTypes.member.1": "MetricAlarm",
        "AlarmTypes.member.2": "CompositeAlarm",
      });

    async function metricAlarm(aws: EmbeddedAws) {
      await monitoring(aws, {
        Action: "PutMetricAlarm",
        AlarmName: "age",
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
      });
      return describeAlarms(aws, "age");
    }

    async function compositeAlarm(aws: EmbeddedAws) {
      await metricAlarm(aws);
      await monitoring(aws, {
        Action: "PutCompositeAlarm",
        AlarmName: "messaging",
        AlarmDescription: "anything wrong",
        AlarmRule: "ALARM(age)",
        "AlarmActions.member.1": "arn:aws:sns:ca-central-1:111111111111:on-call",
      });
      return describeAlarms(aws, "messaging");
    }

    async function metricMathAlarm(aws: EmbeddedAws) {
      await monitoring(aws, {
        Action: "PutMetricAlarm",
        AlarmName: "throttles",
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
      });
      return describeAlarms(aws, "throttles");
    }

    test("a metric alarm is returned with all fields", async () => {
      const xml = await metricAlarm(corrected);
      expect(xml).toContain(
        "<AlarmDescription>older than &lt;10&gt; minutes &amp; growing</AlarmDescription>",
      );
      expect(xml).toContain("<Statistic>Maximum</Statistic><Period>300</Period>");
      expect(xml).toContain("<TreatMissingData>notBreaching</TreatMissingData>");
      expect(xml).toContain("<ActionsEnabled>true</ActionsEnabled>");
      expect(xml).toContain("<member><Name>FunctionName</Name><Value>stream</Value></member>");
      expect(xml).toMatch(/<AlarmActions><member>arn:[^<]*:on-call<\/member><\/AlarmActions>/);
      expect(xml).toMatch(/<InsufficientDataActions><member>arn:[^<]*:unknown<\/member>/);
      expect(xml).toMatch(/<StateUpdatedTimestamp>\d{4}-\d\d-\d\dT[^<]*<\/StateUpdatedTimestamp>/);
    });

    test("a composite alarm is returned with all fields", async () => {
      const xml = await compositeAlarm(corrected);
      expect(xml).toContain("<AlarmRule>ALARM(age)</AlarmRule>");
      expect(xml).toContain("<AlarmDescription>anything wrong</AlarmDescription>");
      expect(xml).toMatch(/<AlarmActions><member>arn:[^<]*:on-call<\/member><\/AlarmActions>/);
    });

    test("an alarm on metric math has metric queries and no single metric", async () => {
      const xml = await metricMathAlarm(corrected);
      expect(xml).toContain("<Expression>reads + writes</Expression><ReturnData>true</ReturnData>");
      expect(xml).toContain("<MetricName>ReadThrottleEvents</MetricName>");
      expect(xml).not.toContain("<Statistic>");
    });

    test("is needed: ministack omits most fields", async () => {
      expect(await metricAlarm(asShipped)).not.toMatch(
        /<Period>|<AlarmActions>|<Dimensions>|<AlarmDescription>/,
      );
      expect(await compositeAlarm(asShipped)).not.toMatch(/<AlarmActions>|<AlarmDescription>/);
      expect(await metricMathAlarm(asShipped)).not.toContain("<Expression>");
    });
  });

  describe("point-in-time-recovery-days", () => {
    async function recoveryDays(aws: EmbeddedAws, tableName: string, days?: number) {
      const dynamodb = new DynamoDBClient(clientSettings(aws));
      await createTable(dynamodb, tableName);
      const PointInTimeRecoverySpecification = {
        PointInTimeRecoveryEnabled: true,
        ...(days === undefined ? {} : { RecoveryPeriodInDays: days }),
      };
      const update = new UpdateContinuousBackupsCommand({
        TableName: tableName,
        PointInTimeRecoverySpecification,
      });
      await dynamodb.send(update);
      const described = await dynamodb.send(new DescribeContinuousBackupsCommand({ TableName: tableName }));
      return described.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
    }

    test("the days are stored", async () => {
      const recovery = await recoveryDays(corrected, "fourteen-days", 14);
      expect(recovery).toMatchObject({ PointInTimeRecoveryStatus: "ENABLED", RecoveryPeriodInDays: 14 });
    });

    test("the default is 35 days", async () => {
      expect(await recoveryDays(corrected, "default-days")).toMatchObject({ RecoveryPeriodInDays: 35 });
    });

    test("36 days are rejected", async () => {
      await expect(recoveryDays(corrected, "too-many-days", 36)).rejects.toThrow(
        "between 1 and 35 (given 36)",
      );
    });

    test("is needed: ministack drops the days", async () => {
      const recovery = await recoveryDays(asShipped, "fourteen-days", 14);
      expect(recovery?.PointInTimeRecoveryStatus).toBe("ENABLED");
      expect(recovery?.RecoveryPeriodInDays).toBeUndefined();
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
        new CreateVpcEndpointCommand({
          ServiceName,
          VpcId: "vpc-1",
          ...(PolicyDocument && { PolicyDocument }),
        }),
      );
      const VpcEndpointId = created?.VpcEndpointId ?? "";
      return {
        created,
        modify: async (change: { PolicyDocument?: string; ResetPolicy?: boolean }) =>
          ec2.send(new ModifyVpcEndpointCommand({ VpcEndpointId, ...change })),
        describedPolicy: async () => {
          const described = await ec2.send(
            new DescribeVpcEndpointsCommand({ VpcEndpointIds: [VpcEndpointId] }),
          );
          return described.VpcEndpoints?.[0]?.PolicyDocument;
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
    const httpsTo = (list: { PrefixListId: string; Description?: string }) => {
      return { IpProtocol: "tcp", FromPort: 443, ToPort: 443, PrefixListIds: [list] };
    };
    const described = httpsTo({ PrefixListId: "pl-12345678", Description: "DynamoDB" });

    async function onlyHttps(aws: EmbeddedAws, GroupName: string) {
      const ec2 = new EC2Client(clientSettings(aws));
      const created = await ec2.send(
        new CreateSecurityGroupCommand({ GroupName, Description: "of the function" }),
      );
      const GroupId = created.GroupId ?? "";
      await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: [defaultRule] }));
      await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId, IpPermissions: [described] }));
      const groups = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }));
      const rules = await ec2.send(
        new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [GroupId] }] }),
      );
      return {
        ec2,
        GroupId,
        egress: groups.SecurityGroups?.[0]?.IpPermissionsEgress,
        rules: rules.SecurityGroupRules,
      };
    }

    test("a group can allow HTTPS to a prefix list only", async () => {
      const { ec2, GroupId, egress, rules } = await onlyHttps(corrected, "only-https");
      expect(egress).toEqual([expect.objectContaining(described)]);
      expect(rules).toHaveLength(1);
      expect(rules?.[0]).toMatchObject({
        IsEgress: true,
        PrefixListId: "pl-12345678",
        Description: "DynamoDB",
      });

      const undescribed = httpsTo({ PrefixListId: "pl-12345678" });
      await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: [undescribed] }));
      const groups = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }));
      expect(groups.SecurityGroups?.[0]?.IpPermissionsEgress).toEqual([]);
    });

    test("is needed: ministack keeps the default rule and drops the prefix list", async () => {
      const { egress, rules } = await onlyHttps(asShipped, "only-https");
      expect(egress?.map((rule) => rule.IpProtocol)).toEqual(["-1", "tcp"]);
      expect(rules?.some((rule) => rule.PrefixListId !== undefined)).toBe(false);
    });
  });

  describe("tagged-network", () => {
    async function foundByTag(aws: EmbeddedAws) {
      const ec2 = new EC2Client(clientSettings(aws));
      const TagSpecifications = [
        { ResourceType: "vpc" as const, Tags: [{ Key: "environment", Value: "tagged" }] },
      ];
      const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16", TagSpecifications }));
      const TagFilters = [{ Key: "environment", Values: ["tagged"] }];
      const { ResourceTagMappingList = [] } = await new ResourceGroupsTaggingAPIClient(
        clientSettings(aws),
      ).send(new GetResourcesCommand({ TagFilters }));
      return { arn: `arn:aws:ec2:ca-central-1:${ACCOUNT}:vpc/${Vpc?.VpcId ?? ""}`, ResourceTagMappingList };
    }

    test("a VPC is found by its tag", async () => {
      const { arn, ResourceTagMappingList } = await foundByTag(corrected);
      expect(ResourceTagMappingList).toEqual([
        { ResourceARN: arn, Tags: [{ Key: "environment", Value: "tagged" }] },
      ]);
    });

    test("is needed: ministack doesn't find it", async () => {
      expect((await foundByTag(asShipped)).ResourceTagMappingList).toEqual([]);
    });
  });

  describe("event-source-mapping-metrics", () => {
    async function createMapping(aws: EmbeddedAws) {
      const lambda = new LambdaClient(clientSettings(aws));
      const created = await createTable(new DynamoDBClient(clientSettings(aws)), "mapped");
      await createFunction(aws, "mapped", "exports.handler = async () => {};", streamReads);
      const mapping = await lambda.send(
        new CreateEventSourceMappingCommand({
          FunctionName: "mapped",
          EventSourceArn: created.TableDescription?.LatestStreamArn,
          StartingPosition: "TRIM_HORIZON",
          MetricsConfig: { Metrics: ["EventCount"] },
        }),
      );
      const UUID = mapping.UUID;
      const metrics = async () =>
        (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).MetricsConfig?.Metrics;
      return { lambda, UUID, metrics };
    }

    test("the metrics are stored and changed", async () => {
      const { lambda, UUID, metrics } = await createMapping(corrected);
      expect(await metrics()).toEqual(["EventCount"]);
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID, MetricsConfig: { Metrics: [] } }));
      expect(await metrics()).toEqual([]);
    });

    test("is needed: ministack drops the metrics", async () => {
      const { metrics } = await createMapping(asShipped);
      expect(await metrics()).toBeUndefined();
    });
  });

  describe("stream-read-permission", () => {
    async function mapUnder(aws: EmbeddedAws, name: string, allowed: readonly string[]) {
      const created = await createTable(new DynamoDBClient(clientSettings(aws)), name);
      await createFunction(aws, name, "exports.handler = async () => {};", allowed);
      return new LambdaClient(clientSettings(aws)).send(
        new CreateEventSourceMappingCommand({
          FunctionName: name,
          EventSourceArn: created.TableDescription?.LatestStreamArn,
          StartingPosition: "TRIM_HORIZON",
        }),
      );
    }

    test.each(streamReads)("without %s in the role's policy, the mapping is refused", async (action) => {
      const others = streamReads.filter((other) => other !== action);
      const refused = mapUnder(corrected, action.replace(":", "-"), others);
      await expect(refused).rejects.toThrow(
        /^Cannot access stream arn:.* Please ensure the role can perform/,
      );
    });

    test("with all of them, the mapping is created", async () => {
      await expect(mapUnder(corrected, "may-read", streamReads)).resolves.toMatchObject({ State: "Enabled" });
    });

    test("is needed: ministack requires no permission", async () => {
      await expect(mapUnder(asShipped, "may-not-read", [])).resolves.toMatchObject({ State: "Enabled" });
    });
  });

  describe("secure-transport", () => {
    async function sendToTlsOnly(aws: EmbeddedAws) {
      const sqs = new SQSClient(clientSettings(aws));
      const tlsOnly = {
        Effect: "Deny",
        Principal: "*",
        Action: "sqs:*",
        Resource: "*",
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      };
      const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [tlsOnly] });
      const { QueueUrl } = await sqs.send(
        new CreateQueueCommand({ QueueName: "tls-only", Attributes: { Policy } }),
      );
      return sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "over the loopback" }));
    }

    test("a TLS-only queue accepts requests over the loopback interface", async () => {
      await expect(sendToTlsOnly(corrected)).resolves.toMatchObject({
        MessageId: expect.any(String) as unknown,
      });
    });

    test("is needed: ministack denies its own account", async () => {
      await expect(sendToTlsOnly(asShipped)).rejects.toMatchObject({
        name: expect.stringContaining("AccessDenied") as unknown,
      });
    });
  });
});

function createTable(dynamodb: DynamoDBClient, TableName: string) {
  return dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
    }),
  );
}
