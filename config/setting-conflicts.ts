import { findAlarmConflicts } from "./alarm-conflicts.ts";
import { findAnalyticsConflicts } from "./analytics-conflicts.ts";
import { findBackupConflicts } from "./backup-conflicts.ts";
import { findCacheConflicts } from "./cache-conflicts.ts";
import { projectTags } from "./names.ts";
import { findTableConflicts } from "./table-conflicts.ts";
import type { ValidSettings, Violation } from "./valid-settings.ts";

/** Finds settings that are valid on their own but conflict with each other. */
export function findConflicts(settings: ValidSettings): Violation[] {
  return [
    ...findMissingAccount(settings),
    ...findTableConflicts(settings),
    ...findZonesOutsideRegion(settings),
    ...findAlarmConflicts(settings),
    ...findBackupConflicts(settings),
    ...findCacheConflicts(settings),
    ...findAnalyticsConflicts(settings),
    ...findTimesBeyondRecordAge(settings),
    ...findTagsAlike(settings),
  ];
}

function findMissingAccount({ protected: isProtected, account }: ValidSettings): Violation[] {
  if (isProtected !== true || account !== undefined) return [];
  const rule =
    "must be set in a protected environment, to the id of its account, so that no other is changed";
  return [{ path: ["account"], rule }];
}

function findZonesOutsideRegion({ region, network }: ValidSettings): Violation[] {
  if (region === undefined || network?.kind !== "own") return [];
  return (network.zones ?? []).flatMap((zone, index) =>
    zone === undefined || zone.slice(0, -1) === region
      ? []
      : [
          {
            path: ["network", "zones", index],
            rule: `must be a zone of the environment's region, ${region}`,
          },
        ],
  );
}

function findTimesBeyondRecordAge({ trigger, function: streamFunction, alarms }: ValidSettings): Violation[] {
  const { maximumRecordAgeSeconds: maximumAge, batchingWindowSeconds, maximumRetryAttempts } = trigger ?? {};
  const timeout = streamFunction?.timeoutSeconds;
  if (maximumAge === undefined) return [];
  const violations: Violation[] = [];
  if (batchingWindowSeconds !== undefined && timeout !== undefined) {
    const attempts = maximumRetryAttempts === 0 ? 1 : 2;
    const needed = batchingWindowSeconds + attempts * timeout;
    if (maximumAge <= needed)
      violations.push({
        path: ["trigger", "maximumRecordAgeSeconds"],
        rule:
          `must be more than ${needed}: trigger.batchingWindowSeconds (${batchingWindowSeconds}), ` +
          `and function.timeoutSeconds (${timeout}) for the first attempt${attempts === 2 ? " and for one retry" : ""}`,
      });
  }
  if (alarms?.iteratorAgeSeconds !== undefined && alarms.iteratorAgeSeconds >= maximumAge)
    violations.push({
      path: ["alarms", "iteratorAgeSeconds"],
      rule: `must be less than trigger.maximumRecordAgeSeconds (${maximumAge}), or records are given up before the alarm`,
    });
  return violations;
}

/** Tags that the project sets itself: on everything, and on parts of the network and the function. */
const OWN_TAGS = [...Object.keys(projectTags("")), "Name"];

/** IAM takes keys that differ in case only for the same: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html */
function findTagsAlike({ tags = {} }: ValidSettings): Violation[] {
  return Object.keys(tags).flatMap((key, index, keys) => {
    const isAlike = (other: string) => other.toLowerCase() === key.toLowerCase();
    const own = OWN_TAGS.find(isAlike);
    if (own !== undefined)
      return [
        { path: ["tags", key], rule: `must not be "${own}" in any case: the project sets that tag itself` },
      ];
    const earlier = keys.slice(0, index).find(isAlike);
    if (earlier === undefined) return [];
    const rule = `must differ from "${earlier}" in more than case: IAM takes the two for one tag`;
    return [{ path: ["tags", key], rule }];
  });
}
