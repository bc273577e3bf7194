import { AthenaClient } from "@aws-sdk/client-athena";
import { checkedAccess } from "../account/checked-access.ts";
import { SCANNED_MEGABYTE } from "../config/analytics-settings.ts";
import type { Environment } from "../config/environment.ts";
import { namesOf, settingsFile } from "../config/names.ts";
import { UserError } from "../config/user-error.ts";
import { namedQueries } from "../messaging/analytics/named-queries.ts";
import { type Format, formatRows } from "./format-result.ts";
import { readNewestExport } from "./newest-export.ts";
import { runQuery } from "./run-query.ts";

export interface QueryOptions {
  /** The name of a named query, instead of SQL. */
  readonly name?: string;
  readonly format: Format;
  /** How many rows are printed at most. */
  readonly rows: number;
}

/** The same in most regions: https://aws.amazon.com/athena/pricing/ */
const DOLLARS_PER_TERABYTE = 5;
/** Athena bills at least this for a query. */
const MINIMUM_BYTES = 10 * SCANNED_MEGABYTE;

/**
 * Runs a query over the newest export, and prints its rows on standard output; on standard error of when the data is, and
 * what was scanned.
 * @throws UserError when the environment has no analytics, there is no data, or Athena refuses the query.
 */
export async function answerQuery(
  environment: Environment,
  sql: string | undefined,
  { name, format, rows: maximumRows }: QueryOptions,
): Promise<void> {
  const { analytics } = environment;
  const query = sqlOf(sql, name);
  if (!analytics)
    throw new UserError(
      `${environment.name} has no exports to query: set analytics in ${settingsFile(environment.name)}. See docs/analytics.md`,
    );
  const { client: settings } = await checkedAccess(environment);
  const { exportTime, itemCount } = await readNewestExport(analytics, settings);
  console.error(`Data of ${exportTime}, when the table had ${itemCount.toLocaleString("en")} items.`);
  const { analyticsWorkgroup: workgroup, analyticsDatabase: database } = namesOf(environment);
  const result = await runQuery(
    new AthenaClient(settings),
    { sql: query, workgroup, database, maximumRows },
    reportEvery(5_000),
  );
  console.log(formatRows(result, format));
  const { rows, hasMore, place, scannedBytes } = result;
  if (hasMore)
    console.error(
      `Only the first ${rows.length.toLocaleString("en")} rows: all are in ${place}. Or use --rows`,
    );
  console.error(
    `${rows.length.toLocaleString("en")} rows; ${megabytes(scannedBytes)} scanned, about ${dollars(scannedBytes)}.`,
  );
}

function sqlOf(sql: string | undefined, name: string | undefined): string {
  if ((sql === undefined) === (name === undefined))
    throw new UserError(
      'Give either SQL, like "SELECT count(*) FROM messages", or --name with a named query.',
    );
  if (sql !== undefined) return sql;
  const found = namedQueries.find((each) => each.name === name);
  if (!found)
    throw new UserError(
      `There is no named query ${name ?? ""}. There are: ${namedQueries.map((each) => each.name).join(", ")}`,
    );
  return found.sql;
}

function reportEvery(milliseconds: number): (scannedBytes: number) => void {
  let last = Date.now();
  return (scannedBytes) => {
    if (Date.now() - last < milliseconds) return;
    last = Date.now();
    console.error(`The query runs: ${megabytes(scannedBytes)} scanned.`);
  };
}

const megabytes = (bytes: number) => `${(bytes / SCANNED_MEGABYTE).toFixed(1)} MB`;

const dollars = (bytes: number) => {
  const cost = (Math.max(bytes, MINIMUM_BYTES) / 1e12) * DOLLARS_PER_TERABYTE;
  return `${cost.toFixed(cost < 0.01 ? 5 : 2)} dollars`;
};
