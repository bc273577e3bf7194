import type { Environment } from "../../config/environment.ts";
import type { Condition } from "../alarms/alarms.ts";
import type { Cache } from "./cache.ts";

const DAX = "AWS/DAX";
const MEGABYTE = 1_000_000;

/**
 * The conditions of the cache. Readers go to the tables without it, so they warn only.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/dax-metrics-dimensions-dax.html
 */
export function cacheConditions(
  alarms: Environment["alarms"],
  { clusterName, nodeIds }: Pick<Cache, "clusterName" | "nodeIds">,
): Condition[] {
  const ofCluster = { namespace: DAX, dimensions: { ClusterId: clusterName }, isIll: false } as const;
  const when = (threshold: number | undefined, condition: (threshold: number) => Condition) =>
    threshold === undefined ? [] : [condition(threshold)];
  return [
    ...nodeIds.map((nodeId) => ({
      ...ofCluster,
      name: `cache-node-${nodeId.slice(-1)}-down`,
      section: "cache-node-down",
      meaning: "a node of the cache shows no sign of life",
      dimensions: { ClusterId: clusterName, NodeId: nodeId },
      // DAX sends no metric that is zero.
      metricName: "CPUUtilization",
      statistic: "Maximum" as const,
      threshold: 0,
      isRaisedByAbsence: { datapoints: 5 },
    })),
    ...when(alarms.cacheErrors, (threshold) => ({
      ...ofCluster,
      name: "cache-errors",
      meaning: `more than ${threshold} requests a minute fail at the cache`,
      metricName: "FailedRequestCount",
      statistic: "Sum",
      threshold,
    })),
    ...when(alarms.cacheEvictedMegabytes, (threshold) => ({
      ...ofCluster,
      name: "cache-evictions",
      meaning: `the cache is too small: more than ${threshold} MB a minute are evicted`,
      metricName: "EvictedSize",
      statistic: "Sum",
      threshold: threshold * MEGABYTE,
    })),
    ...when(alarms.cacheCpuPercent, (threshold) => ({
      ...ofCluster,
      name: "cache-cpu",
      meaning: `a node of the cache uses more than ${threshold} % of its processor`,
      metricName: "CPUUtilization",
      statistic: "Maximum",
      threshold,
    })),
    ...when(alarms.cacheMissPercent, (threshold) => ({
      ...ofCluster,
      name: "cache-misses",
      meaning: `more than ${threshold} % of the reads through the cache go to the tables all the same`,
      metricName: { of: ["ItemCacheMisses", "QueryCacheMisses"], in: CACHE_READS },
      statistic: "Sum",
      threshold,
      datapointsToAlarm: 3,
    })),
  ];
}

const CACHE_READS = ["ItemCacheHits", "ItemCacheMisses", "QueryCacheHits", "QueryCacheMisses"] as const;
