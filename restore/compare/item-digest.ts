import { createHash } from "node:crypto";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** 128 bits: two items of a table have the same by chance once in ages. */
const DIGEST_BYTES = 16;

/** A digest of an item's attributes. It is the same whatever the order of attributes and of the values of a set. */
export function digestOf(item: Readonly<Record<string, AttributeValue>>): string {
  const digest = createHash("sha256").update(JSON.stringify(inOrder({ M: { ...item } })));
  return digest.digest().subarray(0, DIGEST_BYTES).toString("base64url");
}

/** The value with everything in one order that DynamoDB keeps in none. */
function inOrder(value: AttributeValue): unknown {
  if (value.M)
    return Object.entries(value.M)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, of]) => [name, inOrder(of)]);
  if (value.L) return { L: value.L.map(inOrder) };
  if (value.SS) return { SS: [...value.SS].sort() };
  if (value.NS) return { NS: [...value.NS].sort() };
  if (value.B) return { B: base64(value.B) };
  if (value.BS) return { BS: value.BS.map(base64).sort() };
  return value;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
