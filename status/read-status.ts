import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-lambda";
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { ClientSettings } from "../account/access.ts";
import type { Environment } from "../config/environment.ts";
import { type Names, namesOf } from "../config/names.ts";
import { INBOX_METRICS } from "../messaging/stream-function-metrics.ts";
import { EvidenceStore, lastApplied } from "../release/evidence.ts";
import { lastDrill } from "../restore/drill/drill-evidence.ts";
import { readAlarms } from "./read-alarms.ts";
import { readLastBackup } from "./read-last-backup.ts";
import { readLastExports } from "./read-last-exports.ts";
import { readMetrics } from "./read-metrics.ts";
import { readTable } from "./read-tables.ts";
import { findFaults, type Status, type TriggerStatus } from "./status.ts";

/**
 * Reads how messaging is in an environment. It changes nothing, and reads no item.
 * @throws UserError when there is no state bucket, and the client's error when AWS can't be asked.
 */
export async function readStatus(environment: Environment, settings: ClientSettings): Promise<Status> {
  const names = namesOf(environment);
  const [cloudwatch, dynamodb] = [new CloudWatchClient(settings), new DynamoDBClient(settings)];
  const deployment = await readDeployment(environment, settings);
  const drill = await readDrill(environment, settings);
  const readBackup = async (tableArn: string) =>
    environment.backups ? readLastBackup(settings, tableArn) : undefined;
  const [tables, exports, alarms, deadLetters, state, [iteratorAge, inboxDelay]] = await Promise.all([
    Promise.all(Object.values(names.tables).map((name) => readTable(dynamodb, cloudwatch, readBackup, name))),
    environment.analytics ? readLastExports(dynamodb, names.tables.messages) : undefined,
    readAlarms(cloudwatch, names),
    readDeadLetters(new SQSClient(settings), names),
    readTrigger(new LambdaClient(settings), names),
    readMetrics(cloudwatch, delaysOf(names)),
  ]);
  const trigger = { ...state, ...(iteratorAge !== undefined && { iteratorAgeMilliseconds: iteratorAge }) };
  return {
    environment: environment.name,
    faults: findFaults({ tables, trigger, alarms }),
    tables,
    trigger,
    ...(deadLetters !== undefined && { deadLetters }),
    ...(inboxDelay !== undefined && { inboxDelayMilliseconds: inboxDelay }),
    alarms,
    ...(deployment && { deployment }),
    ...(exports && { exports }),
    ...(drill && { drill }),
  };
}

function delaysOf({ streamFunction }: Names) {
  const { namespace, name, dimension } = INBOX_METRICS.inboxDelay;
  const statistic = "Maximum" as const;
  const dimensions = { [dimension]: streamFunction };
  return [
    { namespace: "AWS/Lambda", name: "IteratorAge", dimensions: { FunctionName: streamFunction }, statistic },
    { namespace, name, dimensions, statistic },
  ];
}

async function readDeployment(
  environment: Environment,
  settings: ClientSettings,
): Promise<Status["deployment"]> {
  const last = lastApplied(await new EvidenceStore(environment, settings).all());
  if (!last) return undefined;
  const { release, commit, ended, who, passed } = last;
  return { release, commit, ended, who, passed };
}

async function readDrill(environment: Environment, settings: ClientSettings): Promise<Status["drill"]> {
  const last = await lastDrill(environment, settings);
  return last && { ended: last.ended, who: last.who, passed: last.passed };
}

async function readDeadLetters(client: SQSClient, names: Names): Promise<number | undefined> {
  try {
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: names.deadLetterQueue }));
    const { Attributes: attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["ApproximateNumberOfMessages"] }),
    );
    return Number(attributes?.ApproximateNumberOfMessages);
  } catch (error) {
    if (error instanceof QueueDoesNotExist) return undefined;
    throw error;
  }
}

async function readTrigger(client: LambdaClient, { streamFunction }: Names): Promise<TriggerStatus> {
  try {
    const { EventSourceMappings: [mapping] = [] } = await client.send(
      new ListEventSourceMappingsCommand({ FunctionName: streamFunction }),
    );
    const { State: state = "absent", LastProcessingResult: lastResult } = mapping ?? {};
    return { state, ...(lastResult !== undefined && { lastResult }) };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return { state: "absent" };
    throw error;
  }
}
