import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group/index.js";
import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping/index.js";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule/index.js";
import { AssetType, TerraformAsset } from "cdktf";
import { Construct } from "constructs";
import type { Environment } from "../../config/environment.ts";
import type { Names } from "../../config/names.ts";
import { MESSAGES_TABLE_NAME } from "../../messaging/stream-function-environment.ts";
import type { TableName } from "../../messaging/tables.ts";
import { Alarms } from "../alarms/alarms.ts";
import { accountOf, policyArn } from "../arn.ts";
import { DeadLetterQueue } from "./dead-letter-queue.ts";
import type { DynamodbEndpoint } from "../dynamodb-endpoint.ts";
import { bundleFunction } from "./function-bundle.ts";
import { InboxMetrics } from "./inbox-metrics.ts";
import type { Network } from "../network.ts";
import { StreamFunctionRole } from "./role.ts";
import { streamConditions } from "./stream-conditions.ts";
import { triggerFilter } from "./trigger-filter.ts";
import type { Table } from "../table/table.ts";

export interface StreamFunctionProps {
  readonly environment: Environment;
  readonly names: Names;
  readonly tables: Readonly<Record<TableName, Table>>;
  readonly encryptionKeyArn?: string | undefined;
  readonly network: Network;
  readonly endpoint: DynamodbEndpoint;
  /** SNS topics that are notified of its alarms. */
  readonly topicArns: readonly string[];
}

/**
 * The function `cruddur-messaging-stream` with its trigger on the messages table's stream, dead-letter queue, log group,
 * role and alarms.
 */
export class StreamFunction extends Construct {
  readonly functionName: string;
  readonly securityGroupId: string;
  readonly triggerUuid: string;
  readonly deadLetterQueueName: string;
  readonly logGroupName: string;
  readonly alarms: Alarms;
  readonly #props: StreamFunctionProps;

  constructor(scope: Construct, id: string, props: StreamFunctionProps) {
    super(scope, id);
    this.#props = props;
    const { environment, names } = props;
    const deadLetters = new DeadLetterQueue(this, "dead-letters", {
      name: names.deadLetterQueue,
      retentionDays: environment.trigger.deadLetterRetentionDays,
    });
    const logGroup = new CloudwatchLogGroup(this, "log-group", {
      name: names.logGroup,
      retentionInDays: environment.function.logRetentionDays,
    });
    if (environment.monitoring?.inboxMetrics)
      new InboxMetrics(this, "inbox-metrics", { logGroupName: logGroup.name });
    const account = accountOf(props.tables.messages.arn);
    const role = new StreamFunctionRole(this, "role", {
      name: names.streamFunctionRole,
      functionName: names.streamFunction,
      region: environment.region,
      account,
      permissionsBoundary: policyArn(names.permissionsBoundary, environment.region, account),
      tables: props.tables,
      streamArn: props.tables.messages.streamArn,
      encryptionKeyArn: props.encryptionKeyArn,
      logGroupArn: logGroup.arn,
      deadLetterQueueArn: deadLetters.arn,
    });
    this.securityGroupId = this.#addSecurityGroup();
    const streamFunction = this.#addFunction(role, logGroup);
    this.functionName = streamFunction.functionName;
    this.triggerUuid = this.#addTrigger(streamFunction, role, deadLetters);
    this.deadLetterQueueName = deadLetters.name;
    this.logGroupName = logGroup.name;
    const { functionName } = this;
    this.alarms = new Alarms(this, "alarms", {
      namePrefix: `${functionName}-`,
      conditions: streamConditions({ functionName, deadLetterQueueName: deadLetters.name, environment }),
      topicArns: props.topicArns,
    });
  }

  #addFunction(role: StreamFunctionRole, logGroup: CloudwatchLogGroup): LambdaFunction {
    const { environment, names, network, tables } = this.#props;
    const bundle = bundleFunction("lambdas/messaging-stream/index.ts");
    const code = new TerraformAsset(this, "code", {
      path: bundle.path,
      type: AssetType.FILE,
      assetHash: bundle.sha256,
    });
    return new LambdaFunction(this, "function", {
      functionName: names.streamFunction,
      description: "Moves the conversation rows of every member to the newest message",
      role: role.arn,
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      handler: bundle.handler,
      filename: code.path,
      sourceCodeHash: Buffer.from(bundle.sha256, "hex").toString("base64"),
      memorySize: environment.function.memoryMegabytes,
      timeout: environment.function.timeoutSeconds,
      environment: { variables: { [MESSAGES_TABLE_NAME]: tables.messages.name } },
      loggingConfig: {
        logFormat: "JSON",
        logGroup: logGroup.name,
        applicationLogLevel: "INFO",
        systemLogLevel: "WARN",
      },
      vpcConfig: { subnetIds: [...network.subnetIds], securityGroupIds: [this.securityGroupId] },
      dependsOn: [role.policy],
    });
  }

  /** Adds a security group that allows only HTTPS to DynamoDB, and returns its id. */
  #addSecurityGroup(): string {
    const { names, network, endpoint } = this.#props;
    const group = new SecurityGroup(this, "security-group", {
      name: names.streamFunction,
      description: "The stream function: out to DynamoDB over HTTPS",
      vpcId: network.vpcId,
      tags: { Name: names.streamFunction },
    });
    new VpcSecurityGroupEgressRule(this, "to-dynamodb", {
      securityGroupId: group.id,
      description: "HTTPS to DynamoDB",
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      prefixListId: endpoint.prefixListId,
      tags: { Name: names.streamFunction },
    });
    return group.id;
  }

  /** Adds the event source mapping, and returns its UUID. */
  #addTrigger(
    streamFunction: LambdaFunction,
    role: StreamFunctionRole,
    deadLetters: DeadLetterQueue,
  ): string {
    const { trigger } = this.#props.environment;
    const { uuid } = new LambdaEventSourceMapping(this, "trigger", {
      eventSourceArn: this.#props.tables.messages.streamArn,
      functionName: streamFunction.arn,
      enabled: trigger.enabled,
      // A recreated trigger processes the records that are still in the stream.
      startingPosition: "TRIM_HORIZON",
      batchSize: trigger.batchSize,
      maximumBatchingWindowInSeconds: trigger.batchingWindowSeconds,
      parallelizationFactor: trigger.parallelizationFactor,
      maximumRetryAttempts: trigger.maximumRetryAttempts,
      maximumRecordAgeInSeconds: trigger.maximumRecordAgeSeconds,
      bisectBatchOnFunctionError: trigger.bisectBatchOnFunctionError,
      functionResponseTypes: ["ReportBatchItemFailures"],
      filterCriteria: { filter: triggerFilter.map((pattern) => ({ pattern })) },
      destinationConfig: { onFailure: { destinationArn: deadLetters.arn } },
      metricsConfig: { metrics: ["EventCount"] },
      dependsOn: [role.policy],
    });
    return uuid;
  }
}
