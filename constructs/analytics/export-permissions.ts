import { bucketFolders } from "../../messaging/analytics/bucket-folders.ts";
import { serviceHost } from "../arn.ts";
import { allow, type Statement } from "../policy.ts";

/** What an export reads and writes. */
export interface ExportResources {
  readonly region: string;
  readonly tableArn: string;
  readonly bucketArn: string;
  /** Of the bucket's key. */
  readonly keyArn: string;
}

/**
 * What the schedule does in the name of its role: it exports the table into the bucket.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html
 */
export const exportPermissions = ({ region, tableArn, bucketArn, keyArn }: ExportResources): Statement[] => [
  allow("ExportMessages", ["dynamodb:ExportTableToPointInTime"], tableArn),
  allow(
    "WriteExports",
    ["s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"],
    `${bucketArn}/${bucketFolders.messages}*`,
  ),
  allow("EncryptExports", ["kms:Decrypt", "kms:GenerateDataKey"], keyArn, {
    StringEquals: { "kms:ViaService": serviceHost("s3", region) },
  }),
];
