import type { PlannedCases } from "../planned-cases.ts";
import { changed, filledIn } from "./changed.ts";

const cluster = {
  cluster_name: "cruddur",
  node_type: "dax.r5.large",
  replication_factor: 3,
  iam_role_arn: "arn:aws:iam::111111111111:role/cache",
  ...filledIn("availability_zones", "security_group_ids"),
};
const caches = (items: number, queries: number) => ({
  parameters: [
    { name: "record-ttl-millis", value: `${items * 1_000}` },
    { name: "query-ttl-millis", value: `${queries * 1_000}` },
  ],
});
const group = { name: "cruddur" };

const cache = changed("cache-change");
const told = changed("nobody-told");

/** A cache that goes, gets smaller or answers staler. */
export const cacheCases: PlannedCases = {
  "a cluster that is deleted": cache("aws_dax_cluster", {
    with: cluster,
    from: {},
    to: "deleted",
    finds: "care/care DAX cluster cruddur is deleted.",
    harmless: { maintenance_window: "mon:04:00-mon:05:00" },
  }),
  "a cluster of larger nodes": cache("aws_dax_cluster", {
    with: cluster,
    from: {},
    to: { node_type: "dax.r5.xlarge" },
    finds: "care/care DAX cluster cruddur is replaced, because node_type can't be updated in place.",
    harmless: { description: "Caches reads" },
  }),
  "a cluster that gets encryption": cache("aws_dax_cluster", {
    with: cluster,
    from: {},
    to: { cluster_endpoint_encryption_type: "TLS" },
    finds:
      "care/care DAX cluster cruddur is replaced, because cluster_endpoint_encryption_type can't be updated in place.",
    harmless: { replication_factor: 4 },
  }),
  "a cluster with fewer nodes": cache("aws_dax_cluster", {
    with: cluster,
    from: {},
    to: { replication_factor: 2 },
    finds: "care/care The number of nodes of cruddur is lowered from 3 to 2 nodes.",
    harmless: { replication_factor: 5 },
  }),
  "items that are cached for longer": cache("aws_dax_parameter_group", {
    with: group,
    from: caches(60, 5),
    to: caches(600, 5),
    finds: "care/care cruddur caches items for 600 seconds instead of 60 seconds.",
    harmless: { parameters: caches(60, 5).parameters.toReversed() },
  }),
  "queries that are cached for ever": cache("aws_dax_parameter_group", {
    with: group,
    from: caches(60, 5),
    to: caches(60, 0),
    finds: "care/care cruddur caches results of queries for ever instead of 5 seconds.",
    harmless: { parameters: caches(60, 5).parameters.toReversed() },
  }),
  "queries that are cached for a shorter time": cache("aws_dax_parameter_group", {
    with: group,
    from: caches(60, 5),
    to: caches(60, 1),
    finds: "care/care cruddur caches results of queries for 1 seconds instead of 5 seconds.",
    harmless: { parameters: caches(60, 5).parameters.toReversed() },
  }),
  "nobody told of a cluster's events": told("aws_dax_cluster", {
    with: cluster,
    from: { notification_topic_arn: "arn:aws:sns:ca-central-1:111111111111:cache" },
    to: { notification_topic_arn: null },
    finds: "care/care The topic that is told of the cluster's events of cruddur is emptied.",
    harmless: { maintenance_window: "mon:04:00-mon:05:00" },
  }),
};
