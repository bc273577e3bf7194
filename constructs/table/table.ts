import { DynamodbContributorInsights } from "@cdktf/provider-aws/lib/dynamodb-contributor-insights/index.js";
import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table/index.js";
import { Construct } from "constructs";
import type { TableSettings } from "../../config/environment.ts";
import { keyAttributes, type TableShape } from "../../messaging/tables.ts";
import { capacityOf } from "./capacity.ts";
import { TableScaling } from "./table-scaling.ts";

export interface TableProps {
  readonly name: string;
  /** Keys, indexes and stream: the same in every environment. */
  readonly shape: TableShape;
  /** This environment's settings of the table. */
  readonly settings: TableSettings;
  /** Required for `encryption: "customer-managed"`. */
  readonly encryptionKeyArn?: string | undefined;
}

const TABLE_CLASSES = {
  standard: "STANDARD",
  "standard-infrequent-access": "STANDARD_INFREQUENT_ACCESS",
} as const;

/** A DynamoDB table with its indexes and stream. */
export class Table extends Construct {
  readonly arn: string;
  /** ARN of the stream, if the shape has one. */
  readonly streamArn: string;
  /** Name of the stream, as metrics have it, if the shape has one. */
  readonly streamLabel: string;
  readonly name: string;

  constructor(scope: Construct, id: string, { name, shape, settings, encryptionKeyArn }: TableProps) {
    super(scope, id);
    const { billing, pointInTimeRecoveryDays: recoveryDays, timeToLiveAttribute } = settings;
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
      streamEnabled: shape.streamViewType !== undefined,
      ...(shape.streamViewType && { streamViewType: shape.streamViewType }),
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
      lifecycle: { preventDestroy: settings.preventDestroy },
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
  }

  /** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/contributorinsights.html */
  #addContributorInsights(tableName: string, indexes: readonly string[]): void {
    new DynamodbContributorInsights(this, "contributor-insights", { tableName });
    for (const indexName of indexes)
      new DynamodbContributorInsights(this, `${indexName}-contributor-insights`, { tableName, indexName });
  }

  indexArn(index: string): string {
    return `${this.arn}/index/${index}`;
  }
}
