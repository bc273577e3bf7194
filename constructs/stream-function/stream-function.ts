import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group/index.js";
import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping/index.js";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule/index.js";
import { AssetType, TerraformAsset } from "cdktf";
import { Construct } from "constructs";
import type { Environment } from "../../config/environment.ts";
import type { Names } from "../../config/names.ts";
import { MESSAGE_PREFIX } from "../../messaging/items.ts";
import { MESSAGES_TABLE_NAME } from "../../messaging/stream-function-environment.ts";
import { tableShapes, type TableName } from "../../messaging/tables.ts";
import { DeadLetterQueue } from "./dead-letter-queue.ts";
import type { DynamodbEndpoint } from "../dynamodb-endpoint.ts";
import { bundleFunction } from "./function-bundle.ts";
import type { Network } from "../network.ts";
import { StreamAlarms } from "./alarms.ts";
import { StreamFunctionRole } from "./role.ts";
import type { Table } from "../table.ts";

export interface StreamFunctionProps {
  readonly environment: Environment;
  readonly names: Names;
  readonly tables: Readonly<Record<TableName, Table>>;
  readonly encryptionKeyArn?: string | undefined;
  readonly network: Network;
  readonly endpoint: DynamodbEndpoint;
}

/**
 * The function `cruddur-messaging-stream` and its trigger: new messages of the stream, in batches, into the
 * function; what can't be processed into a dead-letter queue; alarms on all of it.
 */
export class StreamFunction extends Construct {
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
    const role = new StreamFunctionRole(this, "role", {
      name: names.streamFunctionRole,
      functionName: names.streamFunction,
      region: environment.region,
      tables: props.tables,
      encryptionKeyArn: props.encryptionKeyArn,
      logGroupArn: logGroup.arn,
      deadLetterQueueArn: deadLetters.arn,
    });
    const streamFunction = this.#function(role, logGroup);
    this.#trigger(streamFunction, role, deadLetters);
    new StreamAlarms(this, "alarms", {
      functionName: streamFunction.functionName,
      deadLetterQueueName: deadLetters.name,
      alarms: environment.alarms,
    });
  }

  #function(role: StreamFunctionRole, logGroup: CloudwatchLogGroup): LambdaFunction {
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
      vpcConfig: { subnetIds: [...network.subnetIds], securityGroupIds: [this.#securityGroup()] },
      dependsOn: [role.policy],
    });
  }

  /** Lets out HTTPS to DynamoDB, and nothing else; lets in nothing. */
  #securityGroup(): string {
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

  #trigger(streamFunction: LambdaFunction, role: StreamFunctionRole, deadLetters: DeadLetterQueue): void {
    const { trigger } = this.#props.environment;
    new LambdaEventSourceMapping(this, "trigger", {
      eventSourceArn: this.#props.tables.messages.streamArn,
      functionName: streamFunction.arn,
      enabled: trigger.enabled,
      // A trigger that is made anew begins with what the stream still holds.
      startingPosition: "TRIM_HORIZON",
      batchSize: trigger.batchSize,
      maximumBatchingWindowInSeconds: trigger.batchingWindowSeconds,
      parallelizationFactor: trigger.parallelizationFactor,
      maximumRetryAttempts: trigger.maximumRetryAttempts,
      maximumRecordAgeInSeconds: trigger.maximumRecordAgeSeconds,
      bisectBatchOnFunctionError: trigger.bisectBatchOnFunctionError,
      functionResponseTypes: ["ReportBatchItemFailures"],
      filterCriteria: { filter: [{ pattern: JSON.stringify(newMessages) }] },
      destinationConfig: { onFailure: { destinationArn: deadLetters.arn } },
      metricsConfig: { metrics: ["EventCount"] },
      dependsOn: [role.policy],
    });
  }
}

/** New messages alone: never the rows that the function itself writes. */
const newMessages = {
  eventName: ["INSERT"],
  dynamodb: { Keys: { [tableShapes.messages.partitionKey]: { S: [{ prefix: MESSAGE_PREFIX }] } } },
};
