import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";
import { keyAttributes, type KeySchema, tableShapes } from "../messaging/tables.ts";

const keys = ({ partitionKey, sortKey }: KeySchema) => [
  { AttributeName: partitionKey, KeyType: "HASH" as const },
  { AttributeName: sortKey, KeyType: "RANGE" as const },
];

/** What makes a messages table of the shape that is deployed, under another name and without a stream. */
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
  };
}
