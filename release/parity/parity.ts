import { isDeepStrictEqual } from "node:util";
import { execa } from "execa";
import type { Environment } from "../../config/environment.ts";
import { UserError } from "../../config/user-error.ts";
import { type SettingDifference, settingDifferences, applySetting } from "./setting-differences.ts";
import { projectFolder } from "../../config/project-folder.ts";

/** One thing that differs between the stacks of two environments. */
export interface StackDifference {
  /** Stack and path in the code, without the environment: `messaging/messages-table/table`. */
  readonly place: string;
  /** The attribute, or "" where the whole is in one environment alone. */
  readonly attribute: string;
  readonly from: unknown;
  readonly to: unknown;
  /** The settings that cause the difference; empty if none does. */
  readonly settings: readonly string[];
}

/** What differs between two environments, and why. */
export interface Parity {
  readonly from: string;
  readonly to: string;
  readonly differences: readonly StackDifference[];
  /** Settings that differ and change nothing in the stacks. */
  readonly unused: readonly string[];
}

/**
 * Finds what differs between the stacks of two environments, and which setting causes each difference. It changes one
 * environment into the other, one setting at a time, and synthesizes after each step: what changes then is caused by
 * that setting. The name may cause only changes of the name itself, so code that depends on the name is found here.
 * @throws UserError when synthesis fails.
 */
export async function parity(from: Environment, to: Environment): Promise<Parity> {
  const steps = settingDifferences(from, to).sort((a, b) => Number(isName(b)) - Number(isName(a)));
  const variants = [from];
  for (const step of steps) variants.push(applySetting(variants.at(-1) ?? from, step));
  const stacks = (await synthesizeVariants(variants)).map(leaves);
  const [first = new Map<string, Leaf>(), last = first] = [stacks[0], stacks.at(-1)];

  const causes = new Map<string, string[]>();
  const unused: string[] = [];
  for (const [index, step] of steps.entries()) {
    const changed = changedKeys(stacks[index] ?? first, stacks[index + 1] ?? last);
    if (changed.length === 0) unused.push(step.setting);
    for (const [key, before, after] of changed)
      if (!isName(step) || onlyRenamed(before, after, from.name, to.name))
        causes.set(key, [...(causes.get(key) ?? []), step.setting]);
  }
  const differences = changedKeys(first, last).map(([key, before, after]) => ({
    place: (before ?? after)?.place ?? "",
    attribute: (before ?? after)?.attribute ?? "",
    from: before?.value,
    to: after?.value,
    settings: causes.get(key) ?? [],
  }));
  return { from: from.name, to: to.name, differences: mergeWholeResources(differences, first, last), unused };
}

/**
 * Prints what differs between two environments.
 * @returns the exit code: 0, or 1 when something differs by no setting.
 */
export async function runParity(from: Environment, to: Environment): Promise<number> {
  const found = await parity(from, to);
  console.log(formatParity(found).join("\n"));
  return found.differences.some(({ settings }) => settings.length === 0) ? 1 : 0;
}

/** A report as a person reads it; what has no setting comes first. */
export function formatParity({ from, to, differences, unused }: Parity): string[] {
  const without = differences.filter(({ settings }) => settings.length === 0);
  const line = ({ place, attribute, from: before, to: after, settings }: StackDifference) =>
    `  ${[place, attribute].join(" ").trim()}: ${formatValue(before)} → ${formatValue(after)}  [${settings.join(", ") || "NO SETTING"}]`;
  const count = `${from} and ${to} differ in ${differences.length} places`;
  const lines =
    without.length === 0
      ? [`${count}, each by a setting`]
      : [
          `${count}, and ${without.length} of them by no setting:`,
          ...without.map(line),
          "A stack must not ask which environment it is in: make a setting of it in config/environment.ts. All of it:",
        ];
  lines.push(...differences.filter(({ settings }) => settings.length > 0).map(line));
  if (unused.length > 0)
    lines.push(`Settings that differ and change nothing in the stacks: ${unused.join(", ")}`);
  return lines;
}

interface Leaf {
  readonly place: string;
  readonly attribute: string;
  readonly value: unknown;
}

type Leaves = ReadonlyMap<string, Leaf>;

const isName = ({ setting }: SettingDifference) => setting === "name";

async function synthesizeVariants(environments: readonly Environment[]): Promise<unknown[]> {
  const parameters = ["--import", "./typescript.mjs", "stacks/synthesize-variants.ts"];
  const options = { cwd: projectFolder, input: JSON.stringify(environments), reject: false };
  const { exitCode, stdout, stderr } = await execa("node", parameters, options);
  if (exitCode !== 0) throw new UserError(`The stacks can't be synthesized for a comparison:\n${stderr}`);
  return JSON.parse(stdout) as unknown[];
}

/** Every value in an environment's stacks, by its place. */
function leaves(stacks: unknown): Leaves {
  const found = new Map<string, Leaf>();
  const add = (place: string, value: unknown, path: readonly string[] = []) => {
    const inner = typeof value === "object" && value !== null ? Object.entries(value) : [];
    const attribute = path.join(".");
    if (inner.length === 0) found.set(`${place} ${attribute}`, { place, attribute, value });
    for (const [key, one] of inner) if (key !== "//") add(place, one, [...path, key]);
  };
  for (const [name, { resource = {}, ...others }] of Object.entries(stacks as Record<string, StackJson>)) {
    add(name, others);
    for (const one of Object.values(resource).flatMap((named) => Object.values(named)))
      // The construct path without the stack, whose name contains the environment's.
      add([name, ...one["//"].metadata.path.split("/").slice(1)].join("/"), one);
  }
  return found;
}

interface StackJson {
  readonly resource?: Record<string, Record<string, { readonly "//": { metadata: { path: string } } }>>;
}

function changedKeys(from: Leaves, to: Leaves): [key: string, Leaf | undefined, Leaf | undefined][] {
  return [...new Set([...from.keys(), ...to.keys()])]
    .map((key): [string, Leaf | undefined, Leaf | undefined] => [key, from.get(key), to.get(key)])
    .filter(([, before, after]) => !before || !after || !isDeepStrictEqual(before.value, after.value));
}

/** Whether a value is the same but for the environment's name in it. */
function onlyRenamed(before: Leaf | undefined, after: Leaf | undefined, from: string, to: string): boolean {
  if (typeof before?.value !== "string" || typeof after?.value !== "string") return false;
  return before.value.replaceAll(new RegExp(`\\b${from}\\b`, "g"), to) === after.value;
}

/** A resource that is in one environment alone is one difference, not one for each of its attributes. */
function mergeWholeResources(
  differences: readonly StackDifference[],
  from: Leaves,
  to: Leaves,
): StackDifference[] {
  const placesOf = (found: Leaves) => new Set([...found.values()].map(({ place }) => place));
  const [before, after] = [placesOf(from), placesOf(to)];
  const alone = ({ place }: StackDifference) => !before.has(place) || !after.has(place);
  const places = new Set(differences.filter(alone).map(({ place }) => place));
  const whole = [...places].map((place): StackDifference => {
    const causes = differences.filter((one) => one.place === place).map(({ settings }) => settings);
    return {
      place,
      attribute: "",
      from: before.has(place) ? "is there" : undefined,
      to: after.has(place) ? "is there" : undefined,
      settings: causes.some(({ length }) => length === 0) ? [] : [...new Set(causes.flat())],
    };
  });
  const others = differences.filter((one) => !alone(one));
  return [...others, ...whole].sort((a, b) => (a.place < b.place ? -1 : 1));
}

const LONGEST_VALUE = 60;

function formatValue(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text;
}
