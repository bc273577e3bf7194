import { AthenaNamedQuery } from "@cdktf/provider-aws/lib/athena-named-query/index.js";
import { AthenaWorkgroup } from "@cdktf/provider-aws/lib/athena-workgroup/index.js";
import { Construct } from "constructs";
import { SCANNED_MEGABYTE } from "../../config/analytics-settings.ts";
import { bucketFolders } from "../../messaging/analytics/bucket-folders.ts";
import { namedQueries } from "../../messaging/analytics/named-queries.ts";
import type { ExportsBucket } from "./exports-bucket.ts";

export interface WorkgroupProps {
  readonly name: string;
  readonly database: string;
  readonly bucket: ExportsBucket;
  /** Athena ends a query that has scanned this much, in MB of 1,048,576 bytes. */
  readonly maximumScannedMegabytes: number;
}

/** The workgroup of who queries: nobody can change its limit, nor where results go and how they are encrypted. */
export class Workgroup extends Construct {
  constructor(scope: Construct, id: string, props: WorkgroupProps) {
    super(scope, id);
    const { name, database, bucket } = props;
    const workgroup = new AthenaWorkgroup(this, "workgroup", {
      name,
      description: "Queries over the daily exports of the messages of Cruddur",
      // With it goes the history of the queries, and no data.
      forceDestroy: true,
      configuration: {
        enforceWorkgroupConfiguration: true,
        publishCloudwatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: props.maximumScannedMegabytes * SCANNED_MEGABYTE,
        engineVersion: { selectedEngineVersion: "Athena engine version 3" },
        resultConfiguration: {
          outputLocation: `s3://${bucket.name}/${bucketFolders.results}`,
          encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: bucket.keyArn },
        },
      },
    });
    for (const query of namedQueries)
      new AthenaNamedQuery(this, query.name, {
        name: query.name,
        description: query.description,
        workgroup: workgroup.name,
        database,
        query: query.sql,
      });
  }
}
