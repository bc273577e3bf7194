/**
 * Replaces the SDK's cache of discovered endpoints in a function's bundle. A DynamoDB client creates it but never uses
 * it: no DynamoDB command discovers endpoints.
 */
export class EndpointCache {
  readonly size = 0;
}
