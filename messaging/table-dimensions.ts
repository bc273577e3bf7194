/**
 * The dimensions of the CloudWatch metrics of a table, or of one of its indexes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
 * @param index default: the table itself.
 */
export const tableDimensions = (tableName: string, index?: string): Readonly<Record<string, string>> => ({
  TableName: tableName,
  ...(index !== undefined && { GlobalSecondaryIndexName: index }),
});
