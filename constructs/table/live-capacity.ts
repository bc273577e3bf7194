import { DataAwsDynamodbTable } from "@cdktf/provider-aws/lib/data-aws-dynamodb-table/index.js";
import { DataAwsDynamodbTables } from "@cdktf/provider-aws/lib/data-aws-dynamodb-tables/index.js";
import { Token } from "cdktf";
import { Construct } from "constructs";
import type { Limits } from "../../config/billing-settings.ts";

/**
 * The capacity that a table has in AWS when Terraform plans. The scaler sets it, so a plan must say what is there: to
 * ignore changes of the table's capacity would drop it to one unit when the table is switched from on demand, and to
 * ignore those of its indexes would hide that an index is added.
 *
 * Offline, a plan takes the table for absent.
 */
export class LiveCapacity extends Construct {
  readonly #table: string;

  constructor(scope: Construct, id: string, tableName: string) {
    super(scope, id);
    const { friendlyUniqueId: tables } = new DataAwsDynamodbTables(this, "tables");
    const names = `flatten(data.aws_dynamodb_tables.${tables}[*].names)`;
    const { friendlyUniqueId: table } = new DataAwsDynamodbTable(this, "table", {
      name: tableName,
      count: Token.asNumber(`\${contains(${names}, "${tableName}") ? 1 : 0}`),
    });
    this.#table = `data.aws_dynamodb_table.${table}`;
  }

  /**
   * The live capacity, in units a second, brought within limits. A table to be created begins with the minimum. A table
   * that is on demand, and an index to be added to a table that is there, begin with the maximum: how much they consume
   * isn't known, and the scaler takes away within minutes what is too much.
   * @param index default: the table itself.
   */
  within(kind: "read" | "write", { minimum, maximum }: Limits, index?: string): number {
    const live = index === undefined ? this.#ofTable(kind) : this.#ofIndex(kind, index);
    const ofLive = `${live} == 0 ? ${maximum} : min(${maximum}, max(${minimum}, ${live}))`;
    return Token.asNumber(`\${length(${this.#table}) == 0 ? ${minimum} : (${ofLive})}`);
  }

  /** 0 for a table that is absent, or on demand. */
  #ofTable(kind: string): string {
    return `sum(concat([0], ${this.#table}[*].${kind}_capacity))`;
  }

  /** 0 for an index that is absent, or of a table on demand. */
  #ofIndex(kind: string, index: string): string {
    const all = (attribute: string) => `flatten(${this.#table}[*].global_secondary_index[*].${attribute})`;
    return `lookup(zipmap(${all("name")}, ${all(`${kind}_capacity`)}), "${index}", 0)`;
  }
}
