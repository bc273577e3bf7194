import {
  DescribeExportCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  paginateListExports,
  ResourceNotFoundException,
} from "@aws-sdk/client-dynamodb";
import type { ExportStatus } from "./status.ts";

/** Reads the last export of a table and, if that is another one, the last that was completed. DynamoDB keeps them for 90 days. */
export async function readLastExports(client: DynamoDBClient, TableName: string): Promise<ExportStatus[]> {
  const arn = await arnOf(client, TableName);
  if (arn === undefined) return [];
  const found: { arn: string; status: string }[] = [];
  for await (const { ExportSummaries = [] } of paginateListExports({ client }, { TableArn: arn }))
    for (const { ExportArn = "", ExportStatus = "" } of ExportSummaries)
      found.push({ arn: ExportArn, status: ExportStatus });
  // An ARN ends with the time.
  found.sort((one, other) => (one.arn < other.arn ? 1 : -1));
  const [last] = found;
  const completed = found.find(({ status }) => status === "COMPLETED");
  const told = new Set([last, completed].flatMap((each) => each?.arn ?? []));
  return Promise.all([...told].map((each) => describeExport(client, each)));
}

async function arnOf(client: DynamoDBClient, TableName: string): Promise<string | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table?.TableArn;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function describeExport(client: DynamoDBClient, ExportArn: string): Promise<ExportStatus> {
  const { ExportDescription: described = {} } = await client.send(new DescribeExportCommand({ ExportArn }));
  const { ExportTime, ExportStatus: status = "", FailureCode, FailureMessage } = described;
  const failure = [FailureCode, FailureMessage].filter((part) => part !== undefined).join(": ");
  return { of: ExportTime?.toISOString() ?? "", status, ...(failure && { failure }) };
}
