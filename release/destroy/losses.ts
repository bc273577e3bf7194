import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { ClientSettings } from "../../account/access.ts";
import { bucketClient } from "../../account/state-bucket-client.ts";
import type { ResourceChangeJson } from "../../terraform/plan-json.ts";

/** A resource that goes, as Terraform's state has it. */
interface Values {
  readonly name?: string;
  readonly bucket?: string;
  readonly function_name?: string;
  readonly id?: string;
  readonly key_id?: string;
  readonly deletion_window_in_days?: number;
  readonly point_in_time_recovery?: readonly { readonly enabled?: boolean }[];
  readonly server_side_encryption?: readonly { readonly kms_key_arn?: string }[];
}

/** How long AWS keeps its own backup of a deleted table: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html */
const SYSTEM_BACKUP_DAYS = 35;

/** How long KMS waits unless the key says otherwise: https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html */
const DEFAULT_WAITING_DAYS = 30;

/** A key that is scheduled for deletion. */
export interface DeletedKey {
  readonly id: string;
  /** KMS deletes it after this. */
  readonly waitingDays: number;
}

/** The keys among the resources that go. */
export const deletedKeys = (goes: readonly ResourceChangeJson[]): DeletedKey[] =>
  ofType(goes, "aws_kms_key").map(({ key_id: id = "", deletion_window_in_days: waitingDays }) => ({
    id,
    waitingDays: waitingDays ?? DEFAULT_WAITING_DAYS,
  }));

/**
 * Describes what goes, a line each for what holds data or does work, and the rest as a count by type.
 * @throws the client's error when AWS can't be asked.
 */
export async function describeLosses(
  goes: readonly ResourceChangeJson[],
  settings: ClientSettings,
): Promise<string[]> {
  const keys = deletedKeys(goes);
  const dynamodb = new DynamoDBClient(settings);
  const sqs = new SQSClient(settings);
  return [
    ...(await Promise.all(
      ofType(goes, "aws_dynamodb_table").map((table) => describeTable(table, keys, dynamodb)),
    )),
    ...(await Promise.all(ofType(goes, "aws_s3_bucket").map((bucket) => describeBucket(bucket, settings)))),
    ...keys.map(
      ({ id, waitingDays }) =>
        `KMS key ${id}: scheduled for deletion in ${waitingDays} days, and of no use until that is cancelled`,
    ),
    ...ofType(goes, "aws_lambda_function").map(({ function_name: name = "" }) => `function ${name}`),
    ...(await Promise.all(ofType(goes, "aws_sqs_queue").map((queue) => describeQueue(queue, sqs)))),
    `the rest: ${countByType(goes)}`,
  ];
}

const TOLD = ["aws_dynamodb_table", "aws_kms_key", "aws_lambda_function", "aws_s3_bucket", "aws_sqs_queue"];

const ofType = (goes: readonly ResourceChangeJson[], wanted: string): Values[] =>
  goes.filter(({ type }) => type === wanted).map(({ change }) => (change.before ?? {}) as Values);

async function describeTable(
  values: Values,
  keys: readonly DeletedKey[],
  client: DynamoDBClient,
): Promise<string> {
  const { name: TableName = "" } = values;
  const { Table = {} } = await client.send(new DescribeTableCommand({ TableName }));
  const { ItemCount: items = 0, TableSizeBytes: bytes = 0 } = Table;
  // AWS counts every six hours or so.
  const content = `about ${counted(items, "item", "items")}, ${counted(bytes, "byte", "bytes")}, as AWS last counted`;
  return `table ${TableName}: ${content}; ${describeRecovery(values, keys)}`;
}

function describeRecovery(values: Values, keys: readonly DeletedKey[]): string {
  if (!values.point_in_time_recovery?.[0]?.enabled)
    return "it can't be restored, since it has no point-in-time recovery";
  const keyArn = values.server_side_encryption?.[0]?.kms_key_arn ?? "";
  const key = keys.find(({ id }) => keyArn.endsWith(`/${id}`));
  if (key === undefined)
    return `it can be restored for ${SYSTEM_BACKUP_DAYS} days, from the backup that AWS keeps`;
  const days = Math.min(SYSTEM_BACKUP_DAYS, key.waitingDays);
  return `it can be restored for ${days} days, from the backup that AWS keeps, once the deletion of its key is cancelled`;
}

async function describeBucket({ bucket: Bucket = "" }: Values, settings: ClientSettings): Promise<string> {
  const { KeyCount: objects = 0, IsTruncated: hasMore } = await bucketClient(settings).send(
    new ListObjectsV2Command({ Bucket }),
  );
  const content = hasMore
    ? `more than ${objects.toLocaleString("en")} objects`
    : counted(objects, "object", "objects");
  return `bucket ${Bucket}: ${content}, which can't be had back`;
}

async function describeQueue({ name = "", id: QueueUrl }: Values, client: SQSClient): Promise<string> {
  const command = new GetQueueAttributesCommand({
    QueueUrl,
    AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
  });
  const { Attributes = {} } = await client.send(command);
  const entries = Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
  return `queue ${name}: ${counted(entries, "entry", "entries")}`;
}

const counted = (count: number, one: string, many: string) =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

function countByType(goes: readonly ResourceChangeJson[]): string {
  const counts = new Map<string, number>();
  for (const { type } of goes) if (!TOLD.includes(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => `${count} ${type}`).join(", ") || "nothing";
}
