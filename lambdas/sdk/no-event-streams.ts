/**
 * Replaces the SDK's event streams in a function's bundle. The SDK loads them for operations with an event stream;
 * DynamoDB has none.
 */
export function eventStreamSerdeProvider(): never {
  throw new Error(
    "Event streams are not in this bundle: constructs/stream-function/function-bundle.ts leaves them out.",
  );
}
