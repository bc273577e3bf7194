import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";
import { keyAttributes, type KeySchema, tableShapes } from "../messaging/tables.ts";

const keys = ({ partitionKey, sortKey }: KeySchema) => [
  { AttributeName: partitionKey, KeyType: "HASH" as const },
  { AttributeName: sortKey, KeyType: "RANGE" as const },
];

/** Input for creating a table with the keys, indexes and stream of the messages table. */
export function messagesTableInput(TableName: string): CreateTableCommandInput {
  const shape = tableShapes.messages;
  return {
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [...keyAttributes(shape)].map((AttributeName) => ({
      AttributeName,
      AttributeType: "S",
    })),
    KeySchema: keys(shape),
    GlobalSecondaryIndexes: Object.entries(shape.indexes).map(([IndexName, index]) => ({
      IndexName,
      KeySchema: keys(index),
      Projection: { ProjectionType: "ALL" },
    })),
    StreamSpecification: { StreamEnabled: true, StreamViewType: shape.streamViewType },
  };
}
