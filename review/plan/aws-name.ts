import { type Attributes, textOf } from "./value.ts";

/** The attributes that hold a resource's name in AWS, in the order in which they count. */
const NAMES = [
  "name",
  "function_name",
  "bucket",
  "alarm_name",
  "queue_name",
  "policy_name",
  "repository_name",
  "cluster_name",
  "domain_name",
  "identifier",
  "cluster_identifier",
  "replication_group_id",
  "family",
];

/** The name of a resource in AWS; undefined if its attributes say none. */
export const awsName = (attributes: Attributes | undefined): string | undefined =>
  NAMES.map((attribute) => textOf(attributes, attribute)).find((name) => name !== undefined);
