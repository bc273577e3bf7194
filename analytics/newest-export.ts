import { ListObjectsV2Command, type S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { z } from "zod";
import type { ClientSettings } from "../account/access.ts";
import { bucketClient, readObject } from "../account/state-bucket-client.ts";
import type { Environment } from "../config/environment.ts";
import { newestExport } from "../config/export-times.ts";
import { UserError } from "../config/user-error.ts";
import { exportsAt } from "../messaging/analytics/bucket-folders.ts";

/** An export that is complete. */
export interface CompleteExport {
  /** As of when its items are, ISO 8601. */
  readonly exportTime: string;
  readonly itemCount: number;
}

type Analytics = NonNullable<Environment["analytics"]>;

const summarySchema = z.object({ exportTime: z.string(), itemCount: z.number() });

/**
 * Reads of when the data is that queries see now.
 * @throws UserError when that export isn't there, isn't complete, or isn't the only one: queries would then count wrongly.
 */
export async function readNewestExport(
  analytics: Analytics,
  settings: ClientSettings,
  now = new Date(),
): Promise<CompleteExport> {
  const due = newestExport(analytics, now).toISOString().replace(".000Z", "Z");
  const place = `s3://${analytics.bucket}/${exportsAt(due)}/`;
  const client = bucketClient(settings);
  const exports = await exportsIn(client, analytics.bucket, `${exportsAt(due)}/AWSDynamoDB/`);
  const advice = "See docs/runbook.md#export-age";
  const [only] = exports;
  if (only === undefined)
    throw new UserError(
      `There is no export of ${due} in ${place}, so there is nothing to query. The first one is made on the day after the deployment. ${advice}`,
    );
  if (exports.length > 1)
    throw new UserError(
      `There are ${exports.length} exports of ${due} in ${place}: queries would count each message more than once. ${advice}`,
    );
  const summary = await readSummary(client, analytics.bucket, only);
  if (summary === undefined)
    throw new UserError(
      `The export of ${due} in ${place} is not complete: it still runs, or has failed. ${advice}`,
    );
  return summary;
}

/** The folders of exports, complete or not. */
async function exportsIn(client: S3Client, Bucket: string, Prefix: string): Promise<string[]> {
  const list = new ListObjectsV2Command({ Bucket, Prefix, Delimiter: "/" });
  const { CommonPrefixes = [] } = await client.send(list).catch((error: unknown) => {
    if (!(error instanceof S3ServiceException) || error.name !== "NoSuchBucket") throw error;
    throw new UserError(`There is no bucket ${Bucket}: analytics must be deployed first.`, { cause: error });
  });
  return CommonPrefixes.map((each) => each.Prefix ?? "");
}

/** An export writes its summary once all of its data is there; undefined if it isn't. */
async function readSummary(
  client: S3Client,
  Bucket: string,
  folder: string,
): Promise<CompleteExport | undefined> {
  const summary = await readObject(client, Bucket, `${folder}manifest-summary.json`);
  return summary && summarySchema.parse(JSON.parse(summary.toString()));
}
