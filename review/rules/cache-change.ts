import type { ResourceChange } from "../plan/plan.ts";
import { asNumber, type Attributes, blocksOf, byName, isUnknownOrHidden } from "../plan/value.ts";
import { lowered } from "./harm.ts";
import { CARE, type Rule, type RuleFinding } from "./rule.ts";
import { checkSettings, type HarmfulSetting, judgedSettings } from "./setting.ts";
import { deletedOrReplaced, nameOf } from "./wording.ts";

const nodes: HarmfulSetting = {
  types: ["aws_dax_cluster"],
  attribute: "replication_factor",
  is: "the number of nodes",
  harm: lowered({ unit: "nodes" }),
  level: CARE,
  why: "The other nodes get its share of the reads, and with fewer of them a failure takes more.",
  instead: "Look at the cache's processors and evictions on the dashboard first, at the busiest time.",
};

/** A DAX cluster goes, gets smaller or answers staler. */
export const cacheChange: Rule = {
  name: "cache-change",
  finds: [
    {
      level: CARE,
      what: "a DAX cluster is deleted or replaced, or has fewer nodes; items or results of queries are cached for another time",
    },
  ],
  judges: { ...judgedSettings([nodes]), aws_dax_parameter_group: ["parameters"] },
  reason:
    "While there is no cluster, and until a new one is full again, every read goes to the tables: it is slower, consumes their capacity, and may be throttled. No data are lost: the tables have them all.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.cluster-management.html",
  check: (plan) => [
    ...plan
      .ofType("aws_dax_cluster")
      .filter(({ action }) => action === "delete" || action === "replace")
      .map(checkCluster),
    ...checkSettings(plan, [nodes]),
    ...plan.updated("aws_dax_parameter_group").flatMap(checkTimes),
  ],
};

const checkCluster = (change: ResourceChange): RuleFinding => ({
  change,
  level: CARE,
  what: `DAX cluster ${nameOf(change)} is ${deletedOrReplaced(change)}.`,
  instead:
    change.action === "delete"
      ? "Make sure that the tables bear all reads, and that no client is configured with its endpoint."
      : "Do it when few read, and raise the tables' capacity before. Give the clients the new cluster's endpoint.",
});

/** The time to live of items, or of results of queries. */
const TIMES = { "record-ttl-millis": "items", "query-ttl-millis": "results of queries" } as const;

function checkTimes(change: ResourceChange): RuleFinding[] {
  if (isUnknownOrHidden(change.after?.["parameters"])) return [];
  return Object.entries(TIMES).flatMap(([parameter, what]) => {
    const [from, to] = [secondsOf(change.before, parameter), secondsOf(change.after, parameter)];
    if (from === to) return [];
    const finding = {
      change,
      level: CARE,
      what: `${nameOf(change)} caches ${what} for ${inWords(to)} instead of ${inWords(from)}.`,
    };
    return to > from
      ? {
          ...finding,
          why: "Readers get staler answers.",
          instead: "Compare it with what each access pattern bears: docs/cache.md.",
        }
      : {
          ...finding,
          why: "More reads go to the tables, and consume their capacity.",
          instead: "Make sure that the tables bear them.",
        };
  });
}

const DEFAULT_MILLISECONDS = 300_000;

/** For how long a parameter group caches; zero has no end. */
function secondsOf(group: Attributes | undefined, parameter: string): number {
  const value = asNumber(byName(blocksOf(group, "parameters")).get(parameter)?.["value"]);
  return value === 0 ? Infinity : (value ?? DEFAULT_MILLISECONDS) / 1_000;
}

const inWords = (seconds: number) => (seconds === Infinity ? "ever" : `${seconds} seconds`);
