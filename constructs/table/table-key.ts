import type { TerraformProvider } from "cdktf";
import type { Construct } from "constructs";
import type { TableSettings } from "../../config/environment.ts";
import { serviceHost } from "../arn.ts";
import { EncryptionKey } from "../encryption-key.ts";
import { allow, type Statement } from "../policy.ts";

export interface TableKeyProps {
  readonly alias: string;
  readonly region: string;
  /** The settings of the tables that are in the region. */
  readonly tables: readonly TableSettings[];
  /** Who else may read the tables or their streams there. */
  readonly readers: readonly string[];
  /** Of the region. Default: the stack's provider. */
  readonly provider?: TerraformProvider;
}

/** Adds the key of the tables in a region. @returns undefined if none of them has a customer managed key. */
export function addTableKey(
  scope: Construct,
  id: string,
  { alias, region, tables, readers, provider }: TableKeyProps,
): EncryptionKey | undefined {
  if (!tables.some(({ encryption }) => encryption === "customer-managed")) return undefined;
  return new EncryptionKey(scope, id, {
    alias,
    description: "Encrypts the tables of Cruddur's messaging",
    preventDestroy: tables.some(({ preventDestroy }) => preventDestroy),
    statements: readers.length === 0 ? [] : [allowReading([...new Set(readers)], region)],
    provider,
  });
}

/**
 * Who reads a table needs its key, through DynamoDB only; the table's policy says which table.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
const allowReading = (readers: readonly string[], region: string): Statement => ({
  ...allow("ReadThroughDynamodb", ["kms:Decrypt", "kms:DescribeKey"], "*", {
    StringEquals: { "kms:ViaService": serviceHost("dynamodb", region) },
  }),
  Principal: { AWS: readers },
});
