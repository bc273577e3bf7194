import { type Attributes, textOf } from "./value.ts";

/** The attributes that hold a resource's name in AWS, in the order in which they count. */
const NAMES = [
  "name",
  "function_name",
  "bucket",
  "identifier",
  "cluster_identifier",
  "domain_name",
  "family",
  "id",
];

/** The name of a resource in AWS, else its id; undefined if neither is known. */
export function awsName(attributes: Attributes | undefined): string | undefined {
  const attribute = NAMES.find((name) => textOf(attributes, name) !== undefined);
  return attribute === undefined ? undefined : textOf(attributes, attribute);
}
