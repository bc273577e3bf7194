import { overlap } from "./address-ranges.ts";
import type { Environment } from "./environment.ts";
import { settingsFile, suffixOf } from "./names.ts";
import type { ValidSettings, Violation } from "./valid-settings.ts";

/** An environment's valid settings, and the name of its file and export. */
export interface Named {
  readonly key: string;
  readonly settings: ValidSettings;
}

/**
 * Finds settings that two environments must not share: buckets, whose names are unique in all of AWS, and in one
 * account the names of the other resources (those of IAM roles are unique in all of its regions) and addresses.
 * Environments of which neither sets `account` may be in one account.
 * @param other an environment before this one, whose settings are taken first.
 */
export function findShared({ key, settings }: Named, { key: otherKey, settings: other }: Named): Violation[] {
  const violations: Violation[] = bucketsOf(settings).flatMap(({ path, name }) => {
    const taken = bucketsOf(other).find((bucket) => bucket.name === name);
    const rule = `must differ from ${taken?.path.join(".") ?? ""} of ${settingsFile(otherKey)}`;
    return taken ? [{ path, rule }] : [];
  });
  if (settings.account !== other.account) return violations;

  const account =
    settings.account === undefined
      ? "may be in the same account (neither sets account)"
      : "is in the same account";
  const theirs = `that of ${settingsFile(otherKey)}, which ${account}`;
  const suffix = suffixOf(key, settings.nameSuffix);
  if (suffix === suffixOf(otherKey, other.nameSuffix))
    violations.push({
      path: ["nameSuffix"],
      rule: `must differ from ${theirs}: the suffix of both is "${suffix}"`,
    });
  if (haveOverlap(settings, other))
    violations.push({
      path: ["network", "cidr"],
      rule: `must not overlap ${theirs}: overlapping networks can't be connected`,
    });
  return violations;
}

/** The buckets that an environment names. */
const bucketsOf = ({ state, analytics }: ValidSettings) => [
  ...(state?.bucket === undefined ? [] : [{ path: ["state", "bucket"], name: state.bucket }]),
  ...(analytics?.bucket === undefined ? [] : [{ path: ["analytics", "bucket"], name: analytics.bucket }]),
];

/** Finds what is allowed but may be a mistake, a sentence each. */
export function findWarnings(environments: readonly Environment[]): string[] {
  return environments.flatMap((environment, index) =>
    environments
      .slice(0, index)
      .filter((other) => haveOverlap(environment, other))
      .map(
        ({ name }) =>
          `${settingsFile(environment.name)}: network.cidr overlaps that of ${settingsFile(name)}: ` +
          "the two networks can't be peered, and an address of one is easily mistaken for the other's",
      ),
  );
}

function haveOverlap({ network: one }: ValidSettings, { network: other }: ValidSettings): boolean {
  if (one?.kind !== "own" || other?.kind !== "own") return false;
  return one.cidr !== undefined && other.cidr !== undefined && overlap(one.cidr, other.cidr);
}
