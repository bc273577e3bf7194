import { GlueCatalogDatabase } from "@cdktf/provider-aws/lib/glue-catalog-database/index.js";
import { GlueCatalogTable } from "@cdktf/provider-aws/lib/glue-catalog-table/index.js";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { EXPORT_HOURS } from "../../config/export-times.ts";
import { bucketFolders, exportsAt } from "../../messaging/analytics/bucket-folders.ts";
import {
  EXPORTED_ITEMS,
  EXPORTED_ON,
  ITEM,
  queryOf,
  type View,
  views,
} from "../../messaging/analytics/exported-items.ts";

export interface CatalogueProps {
  /** The name of the database. */
  readonly name: string;
  /** The bucket of the exports. */
  readonly bucket: string;
  /** The hour of the daily export, in UTC. */
  readonly hour: number;
  /** How long an export is kept. */
  readonly keepDays: number;
}

/** The catalogue of what Athena can query: the table over the exports, a partition for each day, and the views over it. */
export class Catalogue extends Construct {
  readonly database: string;
  readonly #props: CatalogueProps;

  constructor(scope: Construct, id: string, props: CatalogueProps) {
    super(scope, id);
    this.#props = props;
    const database = new GlueCatalogDatabase(this, "database", {
      name: props.name,
      description: "The daily exports of the messages of Cruddur",
    });
    this.database = database.name;
    const items = this.#addItems();
    for (const view of views) this.#addView(view).node.addDependency(items);
  }

  /**
   * The hour of the exports is part of where they are; each day is one partition, which Athena computes.
   * https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
   */
  #addItems(): GlueCatalogTable {
    const { bucket, hour, keepDays } = this.#props;
    const hours = String(hour).padStart(2, "0");
    const folder = exportsAt(`<day>T${hours}:00:00Z`);
    // Athena's "${…}" is put together by Terraform, which would take it for its own.
    const [before = "", after = ""] = `s3://${bucket}/${folder}/`.split("<day>");
    const template = Fn.join("{", [`${before}$`, `${EXPORTED_ON.name}}${after}`]);
    return new GlueCatalogTable(this, "items", {
      databaseName: this.database,
      name: EXPORTED_ITEMS,
      description: "The items of the messages table, one row each, in DynamoDB JSON",
      tableType: "EXTERNAL_TABLE",
      parameters: {
        EXTERNAL: "TRUE",
        classification: "json",
        "projection.enabled": "true",
        [`projection.${EXPORTED_ON.name}.type`]: "date",
        [`projection.${EXPORTED_ON.name}.format`]: "yyyy-MM-dd",
        [`projection.${EXPORTED_ON.name}.range`]: `NOW-${keepDays}DAYS,NOW`,
        "storage.location.template": template,
      },
      partitionKeys: [EXPORTED_ON],
      storageDescriptor: {
        columns: [ITEM],
        location: `s3://${bucket}/${bucketFolders.messages}`,
        inputFormat: "org.apache.hadoop.mapred.TextInputFormat",
        outputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        // The manifests of an export and their checksums are beside its data: what is no JSON is no error, and has no item.
        serDeInfo: {
          serializationLibrary: "org.openx.data.jsonserde.JsonSerDe",
          parameters: { "ignore.malformed.json": "true" },
        },
      },
    });
  }

  /** A view as Athena keeps it: https://docs.aws.amazon.com/athena/latest/ug/views-console.html */
  #addView(view: View): GlueCatalogTable {
    const { name, description, columns } = view;
    const definition = {
      originalSql: queryOf(view, this.#props.hour + EXPORT_HOURS),
      catalog: "awsdatacatalog",
      schema: this.#props.name,
      columns: columns.map((column) => ({
        name: column.name,
        type: TRINO_TYPES[column.type] ?? column.type,
      })),
    };
    return new GlueCatalogTable(this, name.replaceAll("_", "-"), {
      databaseName: this.database,
      name,
      description,
      tableType: "VIRTUAL_VIEW",
      parameters: { presto_view: "true", comment: "Presto View" },
      storageDescriptor: {
        columns: columns.map((column) => ({ name: column.name, type: column.type })),
        // A view has no format; without these, the provider plans a change again and again.
        serDeInfo: { name: "-", serializationLibrary: "-" },
      },
      viewOriginalText: `/* Presto View: ${Buffer.from(JSON.stringify(definition)).toString("base64")} */`,
      viewExpandedText: "/* Presto View */",
    });
  }
}

/** Athena's names of the catalogue's types, where they differ. */
const TRINO_TYPES: Readonly<Record<string, string>> = {
  string: "varchar",
  int: "integer",
  timestamp: "timestamp(3)",
};
