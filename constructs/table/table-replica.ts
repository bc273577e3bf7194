import { DynamodbTableReplicaA } from "@cdktf/provider-aws/lib/dynamodb-table-replica/index.js";
import type { TerraformProvider } from "cdktf";
import { Construct } from "constructs";
import type { TableSettings } from "../../config/environment.ts";
import { TableAccess, type TableAccessProps } from "./table-access.ts";

/** A region that has replicas. */
export interface ReplicaRegion {
  readonly provider: TerraformProvider;
  /** Required for `encryption: "customer-managed"`. */
  readonly encryptionKeyArn: string | undefined;
}

export interface TableReplicaProps {
  /** ARN of the table in the environment's region. */
  readonly tableArn: string;
  readonly region: ReplicaRegion;
  readonly settings: NonNullable<TableSettings["replicas"]>[string];
  readonly encryption: TableSettings["encryption"];
  readonly preventDestroy: boolean;
  /** Who may do what with the replica. */
  readonly access: Pick<TableAccessProps, "indexes" | "readers" | "onlyDeletedBy">;
}

/**
 * A copy of a table in another region. It is a resource of its own, since the table's `replica` block knows no deletion
 * protection, and since its removal is then a deletion that `prevent_destroy` stops.
 */
export class TableReplica extends Construct {
  constructor(scope: Construct, id: string, props: TableReplicaProps) {
    super(scope, id);
    const { region, settings, encryption } = props;
    const { provider, encryptionKeyArn } = region;
    const { arn } = new DynamodbTableReplicaA(this, "replica", {
      provider,
      globalTableArn: props.tableArn,
      deletionProtectionEnabled: settings.deletionProtection,
      pointInTimeRecovery: settings.pointInTimeRecovery,
      ...(encryption === "customer-managed" && encryptionKeyArn && { kmsKeyArn: encryptionKeyArn }),
      lifecycle: { preventDestroy: props.preventDestroy },
    });
    const table = { arn, indexArn: (index: string) => `${arn}/index/${index}` };
    new TableAccess(this, "access", { ...props.access, table, provider });
  }
}
