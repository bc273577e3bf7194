import type { Environment } from "../../config/environment.ts";
import { type TableName, tableShapes } from "../../messaging/tables.ts";
import type { Metric } from "./widgets.ts";

/** What a dashboard shows: the settings of an environment, and the names of its resources. */
export interface Shown {
  readonly environment: Environment;
  readonly functionName: string;
  readonly triggerUuid: string;
  readonly deadLetterQueueName: string;
  readonly logGroupName: string;
  /** The physical names. */
  readonly tableNames: Readonly<Record<TableName, string>>;
  /** Name of the stream of the messages table, as metrics have it. */
  readonly streamLabel: string;
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
export const tableParts = ({ tableNames }: Shown): TablePart[] =>
  (Object.keys(tableShapes) as TableName[]).flatMap((table) => {
    const dimensions = { TableName: tableNames[table] };
    return [
      { table, label: table, dimensions },
      ...Object.keys(tableShapes[table].indexes).map((index) => ({
        table,
        index,
        label: `${table}, ${index}`,
        dimensions: { ...dimensions, GlobalSecondaryIndexName: index },
      })),
    ];
  });

/** A metric of the stream function. */
export const ofFunction = ({ functionName }: Shown, name: string): Metric => ({
  namespace: "AWS/Lambda",
  name,
  dimensions: { FunctionName: functionName },
});

/** A metric of the function's own. */
export const ofMessaging = (
  { functionName }: Shown,
  {
    namespace,
    name,
    dimension,
  }: { readonly namespace: string; readonly name: string; readonly dimension: string },
): Metric => ({ namespace, name, dimensions: { [dimension]: functionName } });

/** A metric of a table or an index. */
export const ofTable = ({ dimensions }: Pick<TablePart, "dimensions">, name: string): Metric => ({
  namespace: "AWS/DynamoDB",
  name,
  dimensions,
});
