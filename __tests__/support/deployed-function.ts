import { readFileSync } from "node:fs";
import { UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  CreateFunctionCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { namesOf } from "../../config/names.ts";
import { bundleFunction } from "../../constructs/stream-function/function-bundle.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { accessPatterns } from "../../messaging/access-patterns.ts";
import { MESSAGE_PREFIX } from "../../messaging/items.ts";
import { MESSAGES_TABLE_NAME } from "../../messaging/stream-function-environment.ts";
import { dev } from "./environments.ts";
import { query } from "./query-protocol.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "./messages-table.ts";

/** The physical names: those of the tests' dev. */
export const deployedNames = namesOf(dev);

type MappingSettings = Omit<CreateEventSourceMappingCommandInput, "FunctionName" | "EventSourceArn">;

/**
 * Creates the messages table with its stream, the shipped function with a role, and the dead-letter queue, without
 * Terraform. `connect` creates the trigger with dev's settings, unless overridden.
 */
export async function deployFunction(aws: EmbeddedAws, account = ACCOUNT) {
  const name = deployedNames.streamFunction;
  const arn = (service: string, resource: string) => `arn:aws:${service}:ca-central-1:${account}:${resource}`;
  const store = await createMessagesTable(aws, deployedNames.tables.messages, account);
  const { TableDescription } = await store.client.send(
    new UpdateTableCommand({
      TableName: store.tableName,
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
    }),
  );
  const queue = new SQSClient(clientSettings(aws, account));
  const { QueueUrl } = await queue.send(new CreateQueueCommand({ QueueName: deployedNames.deadLetterQueue }));
  await createRole(aws, account, name);
  const lambda = new LambdaClient(clientSettings(aws, account));
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: "nodejs22.x",
      Role: `arn:aws:iam::${account}:role/${name}`,
      Handler: "index.handler",
      Timeout: dev.function.timeoutSeconds,
      MemorySize: dev.function.memoryMegabytes,
      Environment: { Variables: { [MESSAGES_TABLE_NAME]: store.tableName } },
      Code: { ZipFile: readFileSync(bundleFunction("lambdas/messaging-stream/index.ts").path) },
    }),
  );
  return {
    store,
    connect: async (settings: MappingSettings = {}) => {
      const { trigger } = dev;
      const pattern = {
        eventName: ["INSERT"],
        dynamodb: { Keys: { pk: { S: [{ prefix: MESSAGE_PREFIX }] } } },
      };
      await lambda.send(
        new CreateEventSourceMappingCommand({
          FunctionName: name,
          EventSourceArn: TableDescription?.LatestStreamArn,
          StartingPosition: "TRIM_HORIZON",
          BatchSize: trigger.batchSize,
          MaximumBatchingWindowInSeconds: trigger.batchingWindowSeconds,
          ParallelizationFactor: trigger.parallelizationFactor,
          MaximumRetryAttempts: trigger.maximumRetryAttempts,
          MaximumRecordAgeInSeconds: trigger.maximumRecordAgeSeconds,
          BisectBatchOnFunctionError: trigger.bisectBatchOnFunctionError,
          FunctionResponseTypes: ["ReportBatchItemFailures"],
          FilterCriteria: { Filters: [{ Pattern: JSON.stringify(pattern) }] },
          DestinationConfig: { OnFailure: { Destination: arn("sqs", deployedNames.deadLetterQueue) } },
          ...settings,
        }),
      );
    },
    /** Number of entries in the dead-letter queue, including those in flight. */
    deadLetters: async () => {
      const { Attributes } = await queue.send(
        new GetQueueAttributesCommand({
          QueueUrl,
          AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        }),
      );
      return Object.values(Attributes ?? {}).reduce((sum, count) => sum + Number(count), 0);
    },
  };
}

async function createRole(aws: EmbeddedAws, account: string, RoleName: string): Promise<void> {
  const iam = (Action: string, parameters: Record<string, string>) =>
    query(aws, account, "iam", { Action, Version: "2010-05-08", RoleName, ...parameters });
  const policy = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  const actions = [
    ...accessPatterns.moveConversation.flatMap((grant) => grant.actions),
    ...["DescribeStream", "GetRecords", "GetShardIterator"].map((action) => `dynamodb:${action}`),
    "sqs:SendMessage",
  ];
  await iam("CreateRole", {
    AssumeRolePolicyDocument: policy({
      Effect: "Allow",
      Principal: { Service: "lambda.amazonaws.com" },
      Action: "sts:AssumeRole",
    }),
  });
  await iam("PutRolePolicy", {
    PolicyName: "stream-function",
    PolicyDocument: policy({ Effect: "Allow", Action: actions, Resource: "*" }),
  });
}
