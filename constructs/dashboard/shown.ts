import type { Environment } from "../../config/environment.ts";
import { tableDimensions } from "../../messaging/table-dimensions.ts";
import { type TableName, tableShapes } from "../../messaging/tables.ts";
import type { Metric } from "./widgets.ts";

/** What a dashboard shows: the settings of an environment, and the names of its resources. */
export interface Shown {
  readonly environment: Environment;
  readonly streamFunction: {
    readonly functionName: string;
    readonly triggerUuid: string;
    readonly deadLetterQueueName: string;
    readonly logGroupName: string;
  };
  readonly tables: Readonly<Record<TableName, { readonly name: string; readonly streamLabel: string }>>;
  /** Default: there is none. */
  readonly cache?: { readonly clusterName: string; readonly nodeIds: readonly string[] } | undefined;
  readonly alarmArns: readonly string[];
}

/** A table, or one of its indexes. */
export interface TablePart {
  readonly table: TableName;
  readonly index?: string;
  /** In titles and labels. */
  readonly label: string;
  readonly dimensions: Metric["dimensions"];
}

/** Every table, and every index after its table. */
export const tableParts = ({ tables }: Shown): TablePart[] =>
  (Object.keys(tableShapes) as TableName[]).flatMap((table) => {
    const { name } = tables[table];
    return [
      { table, label: table, dimensions: tableDimensions(name) },
      ...Object.keys(tableShapes[table].indexes).map((index) => ({
        table,
        index,
        label: `${table}, ${index}`,
        dimensions: tableDimensions(name, index),
      })),
    ];
  });

/** A metric of the stream function. */
export const ofFunction = ({ streamFunction }: Shown, name: string): Metric => ({
  namespace: "AWS/Lambda",
  name,
  dimensions: { FunctionName: streamFunction.functionName },
});

/** A metric of the function's own. */
export const ofMessaging = (
  { streamFunction }: Shown,
  {
    namespace,
    name,
    dimension,
  }: { readonly namespace: string; readonly name: string; readonly dimension: string },
): Metric => ({ namespace, name, dimensions: { [dimension]: streamFunction.functionName } });

/** A metric of a table or an index. */
export const ofTable = ({ dimensions }: Pick<TablePart, "dimensions">, name: string): Metric => ({
  namespace: "AWS/DynamoDB",
  name,
  dimensions,
});
