/**
 * In a function's bundle it stands in for the SDK's event streams, which a protocol loads when an operation has
 * one. No operation of DynamoDB does.
 */
export function eventStreamSerdeProvider(): never {
  throw new Error("Event streams are not in this bundle: constructs/function-bundle.ts leaves them out.");
}
