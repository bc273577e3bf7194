import { setTimeout as sleep } from "node:timers/promises";
import {
  AthenaClient,
  type ColumnInfo,
  GetQueryExecutionCommand,
  InvalidRequestException,
  paginateGetQueryResults,
  type QueryExecution,
  type Row,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { UserError } from "../config/user-error.ts";

/** A query, and where it runs. */
export interface Query {
  readonly sql: string;
  readonly workgroup: string;
  readonly database: string;
  /** How many rows are read at most. */
  readonly maximumRows: number;
}

/** A column of a result. */
export interface ResultColumn {
  readonly name: string;
  /** As Athena says it: "varchar", "bigint", … */
  readonly type: string;
}

/** The rows of a query, as far as they were asked for, and what it cost to get them. */
export interface QueryResult {
  readonly columns: readonly ResultColumn[];
  /** The values as text, null where there is none. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** Whether there are more rows. */
  readonly hasMore: boolean;
  /** Where all rows are, as CSV. */
  readonly place: string;
  readonly scannedBytes: number;
}

const POLL_MILLISECONDS = 500;
const PAGE_ROWS = 1_000;

/**
 * Runs a query in a workgroup, to its end.
 * @param onProgress called again and again while it runs.
 * @throws UserError when Athena refuses the query, or ends it at the limit of the workgroup.
 */
export async function runQuery(
  client: AthenaClient,
  query: Query,
  onProgress: (scannedBytes: number) => void,
): Promise<QueryResult> {
  const id = await start(client, query);
  const execution = await ended(client, id, onProgress);
  const { columns, rows } = await read(client, id, execution, query.maximumRows + 1);
  return {
    columns,
    rows: rows.slice(0, query.maximumRows),
    hasMore: rows.length > query.maximumRows,
    place: execution.ResultConfiguration?.OutputLocation ?? "",
    scannedBytes: execution.Statistics?.DataScannedInBytes ?? 0,
  };
}

async function start(client: AthenaClient, { sql, workgroup, database }: Query): Promise<string> {
  try {
    const { QueryExecutionId: id = "" } = await client.send(
      new StartQueryExecutionCommand({
        QueryString: sql,
        WorkGroup: workgroup,
        QueryExecutionContext: { Database: database },
      }),
    );
    return id;
  } catch (error) {
    if (error instanceof InvalidRequestException)
      throw new UserError(`Athena refuses the query: ${error.message}`, { cause: error });
    throw error;
  }
}

async function ended(
  client: AthenaClient,
  id: string,
  onProgress: (scannedBytes: number) => void,
): Promise<QueryExecution> {
  for (;;) {
    const { QueryExecution: execution = {} } = await client.send(
      new GetQueryExecutionCommand({ QueryExecutionId: id }),
    );
    const { State: state, StateChangeReason: reason = "no reason is given" } = execution.Status ?? {};
    if (state === "SUCCEEDED") return execution;
    if (state === "FAILED") throw new UserError(`The query failed (${id}): ${reason}`);
    if (state === "CANCELLED")
      throw new UserError(
        `The query was ended (${id}): ${reason}. If it is the scan limit: query less, a day or a view, or raise analytics.maximumScannedMegabytes`,
      );
    onProgress(execution.Statistics?.DataScannedInBytes ?? 0);
    await sleep(POLL_MILLISECONDS);
  }
}

async function read(client: AthenaClient, id: string, { StatementType }: QueryExecution, maximum: number) {
  const found: Row[] = [];
  let columns: ColumnInfo[] = [];
  // The first row of a query is its header.
  const header = StatementType === "DML" ? 1 : 0;
  const pages = paginateGetQueryResults({ client, pageSize: PAGE_ROWS }, { QueryExecutionId: id });
  for await (const { ResultSet: page } of pages) {
    columns = page?.ResultSetMetadata?.ColumnInfo ?? columns;
    found.push(...(page?.Rows ?? []));
    if (found.length >= header + maximum) break;
  }
  return {
    columns: columns.map(({ Name: name = "", Type: type = "" }) => ({ name, type })),
    rows: found
      .slice(header, header + maximum)
      .map(({ Data = [] }) => Data.map((value) => value.VarCharValue ?? null)),
  };
}
