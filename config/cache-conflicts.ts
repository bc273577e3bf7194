import { topicRule } from "./regions.ts";
import type { ValidSettings, Violation } from "./valid-settings.ts";

/** With three nodes, one can fail while another one is maintained: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.concepts.cluster.html */
const PROTECTED_NODES = 3;

/** More nodes in one zone make nothing more available. */
const MAXIMUM_PER_ZONE = 3;

/** Finds settings of the cache that conflict with those of the environment. */
export const findCacheConflicts = (settings: ValidSettings): Violation[] =>
  settings.cache === undefined ? [] : [...findWrongNumber(settings), ...findTopicOutsideRegion(settings)];

function findWrongNumber({ protected: isProtected, network, cache }: ValidSettings): Violation[] {
  const path = ["cache", "nodes"];
  const nodes = cache?.nodes;
  if (nodes === undefined) return [];
  if (isProtected === true && nodes < PROTECTED_NODES)
    return [
      {
        path,
        rule: `must be at least ${PROTECTED_NODES} in a protected environment: one may fail while another one is maintained`,
      },
    ];
  const zones = numberOfZones(network);
  if (zones === undefined || nodes <= zones * MAXIMUM_PER_ZONE) return [];
  return [
    {
      path,
      rule: `must be at most ${zones * MAXIMUM_PER_ZONE}, ${MAXIMUM_PER_ZONE} in each zone of the network: for more reads take a larger nodeType, or add zones`,
    },
  ];
}

/** Of an existing network, the number of subnets: it has no more zones. */
function numberOfZones(network: ValidSettings["network"]): number | undefined {
  if (network === undefined) return undefined;
  if ("zones" in network) return network.zones?.length;
  return "subnetIds" in network ? network.subnetIds?.length : undefined;
}

function findTopicOutsideRegion({ region, cache }: ValidSettings): Violation[] {
  const topic = cache?.notifyTopicArn;
  const rule = region === undefined || topic === undefined ? undefined : topicRule(topic, region);
  return rule === undefined ? [] : [{ path: ["cache", "notifyTopicArn"], rule }];
}
