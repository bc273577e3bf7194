import type { Row } from "./rows.ts";
import type { Shown } from "./shown.ts";
import { alarmAt, graph, type Series } from "./widgets.ts";

const MEGABYTE = 1_000_000;

/** What the cache answers, and whether it can; nothing without a cache. */
export function cacheRow({ cache, environment: { alarms } }: Shown): Row {
  if (!cache) return { height: 0, widgets: [] };
  const ofCluster = (name: string, label: string): Series => ({
    namespace: "AWS/DAX",
    name,
    dimensions: { ClusterId: cache.clusterName },
    label,
    statistic: "Sum",
  });
  const { cacheErrors, cacheEvictedMegabytes: evicted, cacheCpuPercent } = alarms;
  return {
    height: 6,
    widgets: [
      graph({
        title: "Reads through the cache: hits are good, misses go to the tables",
        unit: "reads a minute",
        series: [
          ofCluster("ItemCacheHits", "items: hits"),
          ofCluster("ItemCacheMisses", "items: misses"),
          ofCluster("QueryCacheHits", "queries: hits"),
          ofCluster("QueryCacheMisses", "queries: misses"),
        ],
      }),
      graph({
        title: "Requests that fail at the cache: any is bad",
        unit: "requests a minute",
        series: [ofCluster("FailedRequestCount", "failed")],
        limits: alarmAt(cacheErrors),
      }),
      graph({
        title: "What the cache evicts for want of memory: any is bad",
        unit: "bytes a minute",
        series: [ofCluster("EvictedSize", "evicted")],
        limits: alarmAt(evicted && evicted * MEGABYTE),
      }),
      graph({
        title: "Processors of the cache's nodes: near 100 % is bad",
        unit: "percent",
        series: cache.nodeIds.map((nodeId) => ({
          ...ofCluster("CPUUtilization", `node ${nodeId.slice(-1)}`),
          dimensions: { ClusterId: cache.clusterName, NodeId: nodeId },
          statistic: "Maximum",
        })),
        limits: alarmAt(cacheCpuPercent),
      }),
    ],
  };
}
