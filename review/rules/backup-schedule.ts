import {
  type Attributes,
  blockOf,
  blocksIn,
  blocksOf,
  isList,
  isUnknownOrHidden,
  numberOf,
  textOf,
  textsIn,
  type Value,
} from "../plan/value.ts";
import { patternCovers } from "../policy/pattern.ts";
import { runsPerYear } from "./schedule.ts";
import type { Harm } from "./harm.ts";

/** How a backup is made and kept. */
interface Backup {
  readonly name: string;
  /** Unknown if the schedule can't be read. */
  readonly runsPerYear: number | undefined;
  /** In days, or a number of backups; Infinity if without end. */
  readonly kept: number;
  readonly unit: "days" | "backups";
}

/** A backup is no longer made, made less often, or kept for a shorter time. */
const fewerBackups = (read: (value: Value | undefined) => readonly Backup[]): Harm => ({
  line: "no longer makes one of its backups, makes it less often, or keeps it for a shorter time",
  describe(from, to) {
    const now = new Map(read(to).map((backup) => [backup.name, backup]));
    const losses = read(from).flatMap((old) => describeLoss(old, now.get(old.name)));
    return losses.length === 0 ? undefined : losses.join(", and ");
  },
});

function describeLoss(old: Backup, now: Backup | undefined): string[] {
  if (now === undefined) return [`no longer has ${old.name}`];
  const losses: string[] = [];
  const [before, after] = [old.runsPerYear, now.runsPerYear];
  if (before !== undefined && after !== undefined && after < before * 0.99)
    losses.push(`runs ${old.name} ${Math.round(after)} times a year instead of ${Math.round(before)} times`);
  if (now.kept < old.kept && now.unit === old.unit) {
    const former = old.kept === Infinity ? "keeping it without end" : String(old.kept);
    losses.push(`keeps what ${old.name} makes for ${now.kept} ${now.unit} instead of ${former}`);
  }
  return losses;
}

/** A number; undefined for 0, which stands for none. */
const positiveOf = (attributes: Attributes | undefined, name: string): number | undefined => {
  const number = numberOf(attributes, name);
  return number === 0 ? undefined : number;
};

/** The rules of an `aws_backup_plan`, by their names. */
export const fewerPlanned: Harm = fewerBackups((rules) =>
  blocksIn(rules).map((rule) => ({
    name: textOf(rule, "rule_name") ?? "",
    runsPerYear: runsPerYear(textOf(rule, "schedule") ?? ""),
    kept: positiveOf(blockOf(rule, "lifecycle"), "delete_after") ?? Infinity,
    unit: "days",
  })),
);

const DAYS: Readonly<Record<string, number>> = { DAYS: 1, WEEKS: 7, MONTHS: 30, YEARS: 365 };

/** The schedules of an `aws_dlm_lifecycle_policy`, by their names. */
export const fewerSnapshots: Harm = fewerBackups((details) =>
  blocksOf(blocksIn(details)[0], "schedule").map((schedule) => {
    const [create, retain] = [blockOf(schedule, "create_rule"), blockOf(schedule, "retain_rule")];
    const hours = positiveOf(create, "interval");
    const count = positiveOf(retain, "count");
    const interval = positiveOf(retain, "interval");
    const days = interval && interval * (DAYS[textOf(retain, "interval_unit") ?? ""] ?? 1);
    return {
      name: textOf(schedule, "name") ?? "",
      runsPerYear: hours ? 8_760 / hours : runsPerYear(textOf(create, "cron_expression") ?? ""),
      kept: count ?? days ?? Infinity,
      unit: count ? "backups" : "days",
    };
  }),
);

/** Something that was backed up is no longer in a list of ARNs, in which `*` stands for any text. */
export const fewerResources: Harm = {
  line: "names fewer resources than before",
  describe(from, to) {
    if (!isList(from) || (isList(to) && to.some(isUnknownOrHidden))) return undefined;
    const [old, now] = [textsIn(from), textsIn(to)];
    const missing = old.filter((arn) => !now.some((pattern) => patternCovers(pattern, arn)));
    return missing.length === 0 ? undefined : `no longer names ${missing.join(", ")}`;
  },
};
