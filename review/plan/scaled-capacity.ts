import type { Plan, ResourceChange } from "./plan.ts";
import {
  asNumber,
  type Attributes,
  blocksOf,
  byName,
  isSame,
  numberOf,
  textOf,
  type Value,
} from "./value.ts";

/**
 * Removes from a resource what Application Auto Scaling did to it: a table's capacity within the scaler's limits, and a
 * target's limits that one of its schedules sets. It is no change, neither outside of Terraform nor of the code.
 */
export function withoutScaling(change: ResourceChange, plan: Plan): ResourceChange {
  if (change.action !== "update" || !change.before || !change.after) return change;
  const { before, after } = change;
  const scaled = { ...before, ...scaledAttributes(change.type, before, after, plan) };
  return { ...change, before: scaled, action: isSame(scaled, after) ? "no-op" : "update" };
}

/** The attributes that were scaled, with the values after it. */
function scaledAttributes(type: string, before: Attributes, after: Attributes, plan: Plan): Attributes {
  if (type === "aws_appautoscaling_target") return scheduledLimits(before, after, plan);
  if (type !== "aws_dynamodb_table") return {};
  const table = `table/${textOf(before, "name") ?? ""}`;
  const indexesAfter = byName(blocksOf(after, "global_secondary_index"));
  const indexes = blocksOf(before, "global_secondary_index").map((index) => {
    const name = textOf(index, "name") ?? "";
    const resource = `${table}/index/${name}`;
    return { ...index, ...scaledCapacity(resource, "index", indexesAfter.get(name), plan) };
  });
  return { ...scaledCapacity(table, "table", after, plan), global_secondary_index: indexes };
}

/** The units of a table or an index that are within the scaler's limits. */
function scaledCapacity(
  resource: string,
  kind: "table" | "index",
  after: Attributes | undefined,
  plan: Plan,
): Attributes {
  const units = ["Read", "Write"].map((unit): [string, Value] => {
    const attribute = `${unit.toLowerCase()}_capacity`;
    const value = numberOf(after, attribute);
    const isScaled =
      value !== undefined && isWithinLimits(value, resource, `dynamodb:${kind}:${unit}CapacityUnits`, plan);
    return [attribute, isScaled ? value : null];
  });
  return Object.fromEntries(units.filter(([, value]) => value !== null));
}

function isWithinLimits(value: number, resource: string, dimension: string, plan: Plan): boolean {
  const target = plan
    .ofType("aws_appautoscaling_target")
    .find(({ before }) => isOf(before, resource, dimension))?.before;
  if (!target) return false;
  const schedules = schedulesOf(target, plan);
  const limits = (name: string) => [target, ...schedules].flatMap((limited) => asNumber(limited[name]) ?? []);
  return value >= Math.min(...limits("min_capacity")) && value <= Math.max(...limits("max_capacity"));
}

/** The limits of a target after a change, if they are those of one of its schedules. */
function scheduledLimits(before: Attributes, after: Attributes, plan: Plan): Attributes {
  const names = ["min_capacity", "max_capacity"];
  const isScheduled = schedulesOf(before, plan).some((schedule) =>
    names.every((name) => asNumber(schedule[name]) === numberOf(after, name)),
  );
  return isScheduled ? Object.fromEntries(names.map((name) => [name, after[name] ?? null])) : {};
}

/** The limits that the scheduled actions of a target set. */
const schedulesOf = (target: Attributes, plan: Plan): Attributes[] =>
  plan
    .ofType("aws_appautoscaling_scheduled_action")
    .filter(({ before }) => isOf(before, textOf(target, "resource_id"), textOf(target, "scalable_dimension")))
    .flatMap(({ before }) => blocksOf(before, "scalable_target_action"));

const isOf = (scaled: Attributes | undefined, resource: string | undefined, dimension: string | undefined) =>
  textOf(scaled, "resource_id") === resource && textOf(scaled, "scalable_dimension") === dimension;
