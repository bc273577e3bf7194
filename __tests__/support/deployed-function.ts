import { readFileSync } from "node:fs";
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { namesOf } from "../../config/names.ts";
import { bundleFunction } from "../../constructs/stream-function/function-bundle.ts";
import { triggerFilter } from "../../constructs/stream-function/trigger-filter.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { accessPatterns } from "../../messaging/access-patterns.ts";
import { MESSAGES_TABLE_NAME } from "../../messaging/stream-function-environment.ts";
import { createFunction, type MappingSettings, streamReads } from "./create-function.ts";
import { dev } from "./environments.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "./messages-table.ts";

/** The physical names: those of the tests' dev. */
export const deployedNames = namesOf(dev);

/**
 * Creates the messages table with its stream, the shipped function with a role, and the dead-letter queue, without
 * Terraform. `connect` creates the trigger with dev's settings, unless overridden.
 */
export async function deployFunction(aws: EmbeddedAws, account = ACCOUNT) {
  const { streamFunction, deadLetterQueue, tables } = deployedNames;
  const store = await createMessagesTable(aws, tables.messages, account);
  const queue = new SQSClient(clientSettings(aws, account));
  const { QueueUrl } = await queue.send(new CreateQueueCommand({ QueueName: deadLetterQueue }));
  const bundle = readFileSync(bundleFunction("lambdas/messaging-stream/index.ts").path);
  const moves = accessPatterns.moveConversation.flatMap((grant) => grant.actions);
  const { connect } = await createFunction(aws, streamFunction, bundle, {
    account,
    allowed: [...moves, ...streamReads, "sqs:SendMessage"],
    Timeout: dev.function.timeoutSeconds,
    MemorySize: dev.function.memoryMegabytes,
    LoggingConfig: { LogFormat: "JSON" },
    Environment: { Variables: { [MESSAGES_TABLE_NAME]: store.tableName } },
  });
  const { trigger } = dev;
  return {
    store,
    connect: (settings: MappingSettings = {}) =>
      connect(store.streamArn, {
        BatchSize: trigger.batchSize,
        MaximumBatchingWindowInSeconds: trigger.batchingWindowSeconds,
        ParallelizationFactor: trigger.parallelizationFactor,
        MaximumRetryAttempts: trigger.maximumRetryAttempts,
        MaximumRecordAgeInSeconds: trigger.maximumRecordAgeSeconds,
        BisectBatchOnFunctionError: trigger.bisectBatchOnFunctionError,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        FilterCriteria: { Filters: triggerFilter.map((Pattern) => ({ Pattern })) },
        DestinationConfig: {
          OnFailure: { Destination: `arn:aws:sqs:ca-central-1:${account}:${deadLetterQueue}` },
        },
        ...settings,
      }),
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
