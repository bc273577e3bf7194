import { paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { z } from "zod";
import type { ClientSettings } from "../../account/access.ts";
import {
  explainedBucketError,
  readObject,
  bucketClient,
  writeObjectOnce,
} from "../../account/state-bucket-client.ts";
import type { Environment } from "../../config/environment.ts";
import { stateBucketKeys } from "../../config/names.ts";
import { UserError } from "../../config/user-error.ts";

const count = z.int().min(0);
const seconds = z.number().min(0);

const tableSchema = z.strictObject({
  table: z.enum(["messages", "users"]),
  /** The name of the restored copy. */
  restored: z.string(),
  /** The time that the copy shows. */
  to: z.iso.datetime(),
  /** What it was restored from: the ARN of a backup, or "point-in-time recovery". */
  from: z.string(),
  /** How long each step took. */
  seconds: z
    .strictObject({ restore: seconds, settings: seconds, comparison: seconds, removal: seconds })
    .partial(),
  /** Null if the drill didn't get so far. */
  compared: z
    .strictObject({
      restoredItems: count,
      liveItems: count,
      onlyRestored: count,
      onlyLive: count,
      different: count,
      readUnits: z.number(),
    })
    .nullable(),
  /** What is wrong, a sentence each; none, when the table was restored as it should be. */
  faults: z.array(z.string()),
  /** Whether the copy was removed. */
  removed: z.boolean(),
});

const drillSchema = z.strictObject({
  version: z.literal(1),
  environment: z.string(),
  /** Who ran it, and where that can be looked up. */
  who: z.string(),
  began: z.iso.datetime(),
  ended: z.iso.datetime(),
  tables: z.array(tableSchema),
  /** Every table was restored, complete and as configured, and every copy is removed. */
  passed: z.boolean(),
});

/** What a drill found of one table. */
export type DrilledTable = z.output<typeof tableSchema>;

/** The record of one restore drill, whether it passed or failed. */
export type DrillEvidence = Readonly<z.output<typeof drillSchema>>;

/**
 * Writes the evidence of a drill to the environment's state bucket, once. @returns where it is.
 * @throws UserError when there is evidence of this time already, or the bucket can't be written.
 */
export async function writeDrillEvidence(
  environment: Environment,
  settings: ClientSettings,
  evidence: DrillEvidence,
): Promise<string> {
  const { bucket } = environment.state;
  const key = `${stateBucketKeys.drills}${evidence.began}.json`;
  const text = `${JSON.stringify(drillSchema.parse(evidence), null, 2)}\n`;
  try {
    if (await writeObjectOnce(bucketClient(settings), bucket, key, text)) return `s3://${bucket}/${key}`;
  } catch (error) {
    throw explainedBucketError(error, environment);
  }
  throw new UserError(`There is evidence at s3://${bucket}/${key} already, and it is not overwritten.`);
}

/** The newest evidence of a drill; undefined if there was none. */
export async function lastDrill(
  { state: { bucket } }: Environment,
  settings: ClientSettings,
): Promise<DrillEvidence | undefined> {
  const client = bucketClient(settings);
  let newest = "";
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client },
    { Bucket: bucket, Prefix: stateBucketKeys.drills },
  ))
    for (const { Key = "" } of Contents) if (Key > newest) newest = Key;
  const object = newest === "" ? undefined : await readObject(client, bucket, newest);
  return object && drillSchema.parse(JSON.parse(object.toString()));
}
