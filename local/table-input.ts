import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";
import {
  keyAttributes,
  type KeySchema,
  type TableName,
  type TableShape,
  tableShapes,
} from "../messaging/tables.ts";

const keys = ({ partitionKey, sortKey }: KeySchema) => [
  { AttributeName: partitionKey, KeyType: "HASH" as const },
  { AttributeName: sortKey, KeyType: "RANGE" as const },
];

/** Input for creating a table with the keys, indexes and stream of one of the tables. */
export function tableInput(table: TableName, TableName: string): CreateTableCommandInput {
  const shape: TableShape = tableShapes[table];
  const indexes = Object.entries(shape.indexes).map(([IndexName, index]) => ({
    IndexName,
    KeySchema: keys(index),
    Projection: { ProjectionType: "ALL" as const },
  }));
  return {
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [...keyAttributes(shape)].map((AttributeName) => ({
      AttributeName,
      AttributeType: "S",
    })),
    KeySchema: keys(shape),
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
    ...(shape.streamViewType && {
      StreamSpecification: { StreamEnabled: true, StreamViewType: shape.streamViewType },
    }),
  };
}
