import { isDeepStrictEqual } from "node:util";
import type { Environment } from "../../config/environment.ts";

/** A setting that two environments have differently. */
export interface SettingDifference {
  /** As one writes it: `tables.messages.billing`. */
  readonly setting: string;
  readonly path: readonly string[];
  /** Undefined where it is not set. */
  readonly from: unknown;
  readonly to: unknown;
}

/** Discriminators of setting groups; groups with different discriminators differ as a whole. */
const FORMS = ["mode", "kind"] as const;

/** The settings in which two environments differ, in the order of the first one's. */
export function settingDifferences(from: Environment, to: Environment): SettingDifference[] {
  return differences([], from, to);
}

/** An environment with one setting of another. The result may break the rules for environments. */
export function applySetting(environment: Environment, { path, to }: SettingDifference): Environment {
  const copy = structuredClone(environment) as Group;
  const last = path.at(-1) ?? "";
  let group: Group = copy;
  for (const key of path.slice(0, -1)) group = (group[key] ??= {}) as Group;
  if (to === undefined) Reflect.deleteProperty(group, last);
  else group[last] = to;
  return copy as Environment;
}

type Group = Record<string, unknown>;

function differences(path: readonly string[], from: unknown, to: unknown): SettingDifference[] {
  if (isDeepStrictEqual(from, to)) return [];
  if (!isGroup(from) || !isGroup(to) || FORMS.some((form) => from[form] !== to[form]))
    return [{ setting: path.join("."), path, from, to }];
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((key) =>
    differences([...path, key], from[key], to[key]),
  );
}

const isGroup = (value: unknown): value is Group =>
  typeof value === "object" && value !== null && !Array.isArray(value);
