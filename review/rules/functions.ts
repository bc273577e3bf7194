import type { Plan, ResourceChange } from "../plan/plan.ts";
import { type Attributes, blockOf, textOf, textsOf } from "../plan/value.ts";
import { type Permission, permissionsIn } from "../policy/loss.ts";
import { ALLOW_ALL, type Statement } from "../policy/statement.ts";
import { DESTINATION, NETWORK, SOURCE, type Use } from "../policy/uses.ts";
import { triggersOf } from "./invoked-by-trigger.ts";

/** What a function's mappings read, and where they and the function send what fails. */
interface Wiring {
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
}

/** The wiring of a function on one side of a plan. */
function wiringOf(fn: ResourceChange, plan: Plan, side: "before" | "after"): Wiring {
  const mappings = triggersOf(fn, plan)
    .map((mapping) => mapping[side])
    .filter((mapping) => mapping !== undefined);
  const onFailure = mappings.map((mapping) => blockOf(blockOf(mapping, "destination_config"), "on_failure"));
  const textsIn = (states: readonly (Attributes | undefined)[], name: string) =>
    states.map((state) => textOf(state, name)).filter((text) => text !== undefined);
  return {
    sources: textsIn(mappings, "event_source_arn"),
    destinations: [
      ...textsIn(onFailure, "destination_arn"),
      ...textsIn([blockOf(fn[side], "dead_letter_config")], "target_arn"),
    ],
  };
}

/** Whether a function runs in a VPC, and so calls AWS through its endpoints. */
export const isInVpc = ({ after }: ResourceChange): boolean =>
  textsOf(blockOf(after, "vpc_config"), "subnet_ids").length > 0;

/**
 * The permissions that a function needs for a use, as far as a plan shows: those that its policies give, and those on what
 * it is wired to or what changes its policy. What it isn't wired to any more it doesn't need.
 *
 * @param allowed what the role's policies say before.
 * @param targets the ARNs of the resources whose policies change.
 */
export function neededFor(
  fn: ResourceChange,
  allowed: readonly Statement[],
  targets: readonly string[],
  plan: Plan,
): (use: Use) => Permission[] {
  const [before, after] = [wiringOf(fn, plan, "before"), wiringOf(fn, plan, "after")];
  return (use) => {
    if (use === NETWORK && !isInVpc(fn)) return [];
    const wired = use === SOURCE ? before.sources : use === DESTINATION ? before.destinations : [];
    const all = [
      ...permissionsIn(targets.flatMap(everythingOn), use.actions),
      ...permissionsIn(allowed, use.actions),
      ...permissionsIn(wired.flatMap(everythingOn), use.actions).map((one) => ({ ...one, isNamed: true })),
    ];
    const needed = all.filter((one) =>
      use === SOURCE
        ? isStillRead(one)
        : !wired.includes(one.resource) || after.destinations.includes(one.resource),
    );
    return [...new Map(needed.map((one) => [`${one.action} ${one.resource}`, one])).values()];
  };

  function isStillRead({ action, resource }: Permission): boolean {
    const isPattern = /[*?]/.test(resource);
    const service = `:${action.split(":")[0] ?? ""}:`;
    return (
      before.sources.length === 0 ||
      after.sources.some((source) => source === resource || (isPattern && source.includes(service)))
    );
  }
}

const everythingOn = (resource: string): Statement[] =>
  ALLOW_ALL.map((all) => ({ ...all, resources: { except: false, patterns: [resource] } }));

/** Whether an ARN is that of the whole, or of a part of it such as a table's index. */
export const isPartOf = (arn: string, whole: string): boolean =>
  arn === whole || (arn.startsWith(whole) && /^[/:]/.test(arn.slice(whole.length)));

/** The ARNs of what a plan deletes, and of the streams that it turns off. */
export const goneIn = (plan: Plan): string[] =>
  plan.changes.flatMap(({ action, before, after }) => {
    if (action === "delete") return textOf(before, "arn") ?? [];
    return after?.["stream_enabled"] === false ? (textOf(before, "stream_arn") ?? []) : [];
  });
