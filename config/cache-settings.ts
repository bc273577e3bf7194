import { z } from "zod";
import { oneOf, text, topicArn, uniqueList, wholeNumber } from "./setting-types.ts";

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.concepts.cluster.html and https://aws.amazon.com/dynamodb/pricing/ */
const NODE_TYPES = [
  "dax.t3.small",
  "dax.t3.medium",
  "dax.r5.large",
  "dax.r5.xlarge",
  "dax.r5.2xlarge",
  "dax.r5.4xlarge",
  "dax.r5.8xlarge",
  "dax.r5.12xlarge",
  "dax.r5.16xlarge",
  "dax.r5.24xlarge",
] as const;

/** A primary node and ten read replicas. */
const MAXIMUM_NODES = 11;

const seconds = wholeNumber(1, 86_400, "seconds");

/** A DAX cluster before the tables, for reads that may be stale. */
export const cache = z.strictObject({
  /**
   * The size of each node; a node of type dax.t3.small costs 29 dollars a month, of dax.r5.large 186.
   * @change Replaces the cluster, which needs care: reads go to the tables, and cost their capacity, until it is there and full again.
   */
  nodeType: oneOf(...NODE_TYPES),
  /**
   * How many nodes, spread over the zones of the network; at least three in a protected environment. All are paid.
   * @change In place, in a deployment of its own (docs/cache.md). One less needs care: its share of the reads goes to the others.
   */
  nodes: wholeNumber(1, MAXIMUM_NODES, "nodes"),
  /**
   * For how long an item that was read by its key, or its absence, is answered from the cache: so stale may it be, if it is
   * written past the cache.
   * @defaultValue 300 seconds
   * @change In place.
   */
  itemSeconds: seconds.optional(),
  /**
   * For how long the result of a query is answered from the cache: so stale may it be, however it is written. A pattern that
   * bears less reads from the table (docs/cache.md).
   * @defaultValue 5 seconds
   * @change In place.
   */
  querySeconds: seconds.optional(),
  /**
   * The hour of the week, in UTC, in which AWS maintains the cluster, a node after the other.
   * @defaultValue "sun:05:00-sun:06:00"
   * @change In place.
   */
  maintenanceWindow: text(
    /^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d$/,
    'a window like "sun:05:00-sun:06:00"',
  ).optional(),
  /**
   * Security groups of the clients that may reach the cluster, besides the function's.
   * @defaultValue none
   * @change In place. One less needs care: those clients read from the tables.
   */
  clientSecurityGroupIds: uniqueList(
    text(/^sg-[0-9a-f]{8,17}$/, 'a security group id like "sg-0123456789abcdef0"'),
    1,
    "security group ids",
  ).optional(),
  /**
   * An SNS topic, of the environment's region, that is told of the cluster's events: a node is added, fails or is maintained.
   * @defaultValue none
   * @change In place.
   */
  notifyTopicArn: topicArn.optional(),
});
