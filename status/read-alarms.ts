import { type CloudWatchClient, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import { alarmNamePrefixes, type Names } from "../config/names.ts";
import type { AlarmStatus } from "./status.ts";

/** Reads an environment's alarms: those in ALARM first, the one that was raised first before the others. */
export async function readAlarms(client: CloudWatchClient, names: Names): Promise<AlarmStatus[]> {
  const prefixes = [...alarmNamePrefixes(names), names.illAlarm];
  const alarms = (await Promise.all(prefixes.map((prefix) => readBy(client, prefix)))).flat();
  const rank = ({ state }: AlarmStatus) => Number(state !== "ALARM");
  return alarms.sort((a, b) => rank(a) - rank(b) || (a.since < b.since ? -1 : 1));
}

async function readBy(client: CloudWatchClient, AlarmNamePrefix: string): Promise<AlarmStatus[]> {
  const found: AlarmStatus[] = [];
  const types = { AlarmTypes: ["CompositeAlarm", "MetricAlarm"] } as const;
  const pages = paginateDescribeAlarms({ client }, { AlarmNamePrefix, AlarmTypes: [...types.AlarmTypes] });
  for await (const { CompositeAlarms = [], MetricAlarms = [] } of pages)
    for (const alarm of [...CompositeAlarms, ...MetricAlarms])
      found.push({
        name: alarm.AlarmName ?? "",
        state: alarm.StateValue ?? "unknown",
        since: (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp ?? new Date()).toISOString(),
        reason: alarm.StateReason ?? "",
      });
  return found;
}
