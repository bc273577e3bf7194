/**
 * In a function's bundle it stands in for the SDK's cache of discovered endpoints. A DynamoDB client makes one and
 * never uses it: none of its commands discovers endpoints.
 */
export class EndpointCache {
  readonly size = 0;
}
