import { topicRule } from "./regions.ts";
import { hasReplicas } from "./replica-regions.ts";
import type { ValidSettings, Violation } from "./valid-settings.ts";

/** Finds thresholds of what an environment doesn't have, and topics that its alarms can't notify or would notify twice. */
export const findAlarmConflicts = (settings: ValidSettings): Violation[] => [
  ...findTopicsOutsideRegion(settings),
  ...findTopicsToldTwice(settings),
  ...findThresholdsOfNothing(settings),
];

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html */
function findTopicsOutsideRegion({ region, alarms }: ValidSettings): Violation[] {
  if (region === undefined) return [];
  return (["notifyTopicArns", "pageTopicArns"] as const).flatMap((setting) =>
    (alarms?.[setting] ?? []).flatMap((topic, index) => {
      const rule = topic === undefined ? undefined : topicRule(topic, region);
      return rule === undefined
        ? []
        : [{ path: ["alarms", setting, index], rule: `${rule}: an alarm notifies no other` }];
    }),
  );
}

function findTopicsToldTwice({ alarms }: ValidSettings): Violation[] {
  return (alarms?.pageTopicArns ?? []).flatMap((topic, index) =>
    topic !== undefined && alarms?.notifyTopicArns?.includes(topic)
      ? [
          {
            path: ["alarms", "pageTopicArns", index],
            rule: "must not be one of alarms.notifyTopicArns: it is notified of each of these alarms already",
          },
        ]
      : [],
  );
}

const OF_CACHE = ["cacheErrors", "cacheEvictedMegabytes", "cacheCpuPercent", "cacheMissPercent"] as const;

function findThresholdsOfNothing(settings: ValidSettings): Violation[] {
  const { alarms, tables = {}, monitoring, backups, cache } = settings;
  const violations: Violation[] = [];
  const areReplicated = Object.values(tables).some((table) => table && hasReplicas(table));
  if (alarms?.replicationLatencySeconds !== undefined && !areReplicated)
    violations.push({
      path: ["alarms", "replicationLatencySeconds"],
      rule: "must be left out where no table has replicas",
    });
  if (alarms?.inboxDelaySeconds !== undefined && monitoring?.inboxMetrics !== true)
    violations.push({
      path: ["alarms", "inboxDelaySeconds"],
      rule: "requires monitoring.inboxMetrics: true, whose metric it watches",
    });
  if (alarms?.backupAgeDays !== undefined && Object.keys(backups?.rules ?? {}).length === 0)
    violations.push({ path: ["alarms", "backupAgeDays"], rule: "requires a rule in backups.rules" });
  for (const name of OF_CACHE)
    if (alarms?.[name] !== undefined && !cache)
      violations.push({ path: ["alarms", name], rule: "requires cache" });
  return violations;
}
