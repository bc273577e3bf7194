import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table/index.js";
import { Construct } from "constructs";
import type { TableSettings } from "../config/environment.ts";
import { keyAttributes, type TableShape } from "../messaging/tables.ts";

export interface TableProps {
  readonly name: string;
  /** What the table is: the same in every environment. */
  readonly shape: TableShape;
  /** How it is run: this environment's. */
  readonly settings: TableSettings;
  /** The key for `encryption: "customer-managed"`. */
  readonly encryptionKeyArn?: string | undefined;
}

/** A DynamoDB table with its indexes and its stream. */
export class Table extends Construct {
  readonly arn: string;
  /** ARN of the stream; only a table whose shape has a stream has one. */
  readonly streamArn: string;
  readonly name: string;

  constructor(scope: Construct, id: string, { name, shape, settings, encryptionKeyArn }: TableProps) {
    super(scope, id);
    const { billing, pointInTimeRecoveryDays: recoveryDays, timeToLiveAttribute } = settings;
    const capacity = capacityOf(billing);
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
        ...capacity,
      })),
      streamEnabled: shape.streamViewType !== undefined,
      ...(shape.streamViewType && { streamViewType: shape.streamViewType }),
      billingMode: billing.mode === "on-demand" ? "PAY_PER_REQUEST" : "PROVISIONED",
      ...capacity,
      deletionProtectionEnabled: settings.deletionProtection,
      pointInTimeRecovery:
        recoveryDays === "off" ? { enabled: false } : { enabled: true, recoveryPeriodInDays: recoveryDays },
      // Said even when off: a block that is left out changes nothing in AWS.
      serverSideEncryption: {
        enabled: settings.encryption !== "aws-owned",
        ...(settings.encryption === "customer-managed" &&
          encryptionKeyArn && { kmsKeyArn: encryptionKeyArn }),
      },
      ttl: timeToLiveAttribute ? { enabled: true, attributeName: timeToLiveAttribute } : { enabled: false },
      lifecycle: { preventDestroy: settings.preventDestroy },
    });
    this.name = table.name;
    this.arn = table.arn;
    this.streamArn = table.streamArn;
  }

  /** ARN of one of the table's indexes. */
  indexArn(index: string): string {
    return `${this.arn}/index/${index}`;
  }
}

/** The table's capacity, and that of each of its indexes. */
function capacityOf(billing: TableSettings["billing"]) {
  if (billing.mode === "provisioned")
    return { readCapacity: billing.readUnits, writeCapacity: billing.writeUnits };
  const { maximumReadUnits, maximumWriteUnits } = billing;
  if (maximumReadUnits === undefined && maximumWriteUnits === undefined) return {};
  return {
    onDemandThroughput: {
      ...(maximumReadUnits !== undefined && { maxReadRequestUnits: maximumReadUnits }),
      ...(maximumWriteUnits !== undefined && { maxWriteRequestUnits: maximumWriteUnits }),
    },
  };
}
