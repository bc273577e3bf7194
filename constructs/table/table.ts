import { DynamodbContributorInsights } from "@cdktf/provider-aws/lib/dynamodb-contributor-insights/index.js";
import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table/index.js";
import { Construct } from "constructs";
import type { TableSettings } from "../../config/environment.ts";
import { hasReplicas } from "../../config/replica-regions.ts";
import { streamViewTypeOf } from "../../config/stream-view-type.ts";
import { keyAttributes, type TableShape } from "../../messaging/tables.ts";
import { roleArn } from "../arn.ts";
import { capacityOf } from "./capacity.ts";
import { addStreamAccess, TableAccess } from "./table-access.ts";
import { type ReplicaRegion, TableReplica } from "./table-replica.ts";
import { TableScaling } from "./table-scaling.ts";

export interface TableProps {
  readonly name: string;
  /** Keys, indexes and stream: the same in every environment. */
  readonly shape: TableShape;
  /** This environment's settings of the table. */
  readonly settings: TableSettings;
  /** Required for `encryption: "customer-managed"`. */
  readonly encryptionKeyArn?: string | undefined;
  /** The regions of `settings.replicas`. */
  readonly replicaRegions: Readonly<Record<string, ReplicaRegion>>;
  /** Name of the role that `deletionOnlyByDeployRole` is about. */
  readonly deployRole: string;
}

const TABLE_CLASSES = {
  standard: "STANDARD",
  "standard-infrequent-access": "STANDARD_INFREQUENT_ACCESS",
} as const;

/** A DynamoDB table with its indexes and stream, its replicas, and the policies that say who else may read it. */
export class Table extends Construct {
  readonly arn: string;
  /** ARN of the stream, if it has one. */
  readonly streamArn: string;
  /** Name of the stream, as metrics have it, if the shape has one. */
  readonly streamLabel: string;
  readonly name: string;

  constructor(scope: Construct, id: string, props: TableProps) {
    super(scope, id);
    const { name, shape, settings, encryptionKeyArn } = props;
    const { billing, pointInTimeRecoveryDays: recoveryDays, timeToLiveAttribute } = settings;
    const streamViewType = streamViewTypeOf(shape, settings);
    const capacity = capacityOf(this, name, billing);
    const table = new DynamodbTable(this, "table", {
      name,
      hashKey: shape.partitionKey,
      rangeKey: shape.sortKey,
      attribute: [...keyAttributes(shape)].map((attribute) => ({ name: attribute, type: "S" })),
      globalSecondaryIndex: Object.entries(shape.indexes).map(([indexName, keys]) => ({
        name: indexName,
        hashKey: keys.partitionKey,
        rangeKey: keys.sortKey,
        projectionType: "ALL",
        ...capacity(indexName),
      })),
      streamEnabled: streamViewType !== undefined,
      ...(streamViewType && { streamViewType }),
      billingMode: billing.mode === "on-demand" ? "PAY_PER_REQUEST" : "PROVISIONED",
      ...capacity(),
      tableClass: TABLE_CLASSES[settings.tableClass ?? "standard"],
      deletionProtectionEnabled: settings.deletionProtection,
      pointInTimeRecovery:
        recoveryDays === "off" ? { enabled: false } : { enabled: true, recoveryPeriodInDays: recoveryDays },
      // Always set: without the block, Terraform leaves the setting in AWS unchanged.
      serverSideEncryption: {
        enabled: settings.encryption !== "aws-owned",
        ...(settings.encryption === "customer-managed" &&
          encryptionKeyArn && { kmsKeyArn: encryptionKeyArn }),
      },
      ttl: timeToLiveAttribute ? { enabled: true, attributeName: timeToLiveAttribute } : { enabled: false },
      lifecycle: {
        preventDestroy: settings.preventDestroy,
        // Each is a resource of its own: https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/dynamodb_table_replica
        ...(hasReplicas(settings) && { ignoreChanges: ["replica"] }),
      },
    });
    if (billing.mode === "autoscaled")
      new TableScaling(this, "scaling", {
        tableName: table.name,
        indexes: Object.keys(shape.indexes),
        billing,
      });
    if (settings.contributorInsights) this.#addContributorInsights(table.name, Object.keys(shape.indexes));
    this.name = table.name;
    this.arn = table.arn;
    this.streamArn = table.streamArn;
    this.streamLabel = table.streamLabel;
    this.#addAccessAndReplicas(props);
  }

  /** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/contributorinsights.html */
  #addContributorInsights(tableName: string, indexes: readonly string[]): void {
    new DynamodbContributorInsights(this, "contributor-insights", { tableName });
    for (const indexName of indexes)
      new DynamodbContributorInsights(this, `${indexName}-contributor-insights`, { tableName, indexName });
  }

  #addAccessAndReplicas({ shape, settings, replicaRegions, deployRole }: TableProps): void {
    const { readers = [], streamReaders = [], replicas = {}, encryption, preventDestroy } = settings;
    const access = {
      indexes: Object.keys(shape.indexes),
      readers,
      onlyDeletedBy: settings.deletionOnlyByDeployRole ? roleArn(deployRole, this.arn) : undefined,
    };
    new TableAccess(this, "access", { ...access, table: this });
    if (streamReaders.length > 0) addStreamAccess(this, "stream-policy", this.streamArn, streamReaders);
    for (const [region, replica] of Object.entries(replicas)) {
      const place = replicaRegions[region];
      if (!place) throw new Error(`no region ${region} for a replica`);
      new TableReplica(this, `replica-${region}`, {
        tableArn: this.arn,
        region: place,
        settings: replica,
        encryption,
        preventDestroy,
        access,
      });
    }
  }

  indexArn(index: string): string {
    return `${this.arn}/index/${index}`;
  }
}
