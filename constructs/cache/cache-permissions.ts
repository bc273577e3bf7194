import { cachedPatterns } from "../../messaging/cache/staleness.ts";
import type { TableName } from "../../messaging/tables.ts";
import { serviceHost } from "../arn.ts";
import { allow, type Statement, statementsFor, type TableArns } from "../policy.ts";

/** What the cluster uses. */
export interface CacheResources {
  readonly region: string;
  readonly tables: Readonly<Record<TableName, TableArns>>;
  /** The key of the tables. Default: AWS's own, which needs no permission. */
  readonly tableKeyArn?: string | undefined;
}

/**
 * What the cluster does in the name of its role: it reads what may be read through it, and writes nothing, since every write of
 * messaging goes past it.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.access-control.html
 */
export const cachePermissions = ({ region, tables, tableKeyArn }: CacheResources): Statement[] => [
  ...statementsFor(cachedPatterns, tables).map(({ Sid, Action, ...rest }) => ({
    Sid: `Cache${Sid}`,
    // It asks for the key schema of each table that it reads.
    Action: ["dynamodb:DescribeTable", ...[Action].flat()],
    ...rest,
  })),
  ...(tableKeyArn === undefined
    ? []
    : [
        allow("DecryptCachedTables", ["kms:Decrypt", "kms:DescribeKey"], tableKeyArn, {
          StringEquals: { "kms:ViaService": serviceHost("dynamodb", region) },
        }),
      ]),
];
