/** How often `rate(…)` runs in a year, by its unit. */
const UNITS_PER_YEAR: Readonly<Record<string, number>> = { minute: 525_600, hour: 8_760, day: 365 };

/** How many values each field of `cron(…)` has: minutes, hours, days of the month, months, days of the week. */
const FIELDS = [60, 24, 30.4, 12, 7] as const;

/**
 * @param schedule a schedule of AWS: `rate(12 hours)` or `cron(0 5 ? * SUN *)`.
 * @returns about how many times it runs in a year; undefined if it can't be read.
 */
export function runsPerYear(schedule: string): number | undefined {
  const [, kind, text = ""] = /^(rate|cron)\((.*)\)$/.exec(schedule.trim()) ?? [];
  if (kind === "rate") {
    const [count = "", unit = ""] = text.trim().split(/\s+/);
    const perYear = UNITS_PER_YEAR[unit.replace(/s$/, "")];
    return perYear === undefined || !(Number(count) > 0) ? undefined : perYear / Number(count);
  }
  const fields = text.trim().split(/\s+/);
  if (kind !== "cron" || fields.length < 5) return undefined;
  const counts = FIELDS.map((size, place) => countValues(fields[place] ?? "", size));
  const [minutes = NaN, hours = NaN, daysOfMonth = NaN, months = NaN, daysOfWeek = NaN] = counts;
  const daysInMonth = isAny(fields[4]) ? daysOfMonth : (daysOfWeek * 365) / 7 / 12;
  const runs = minutes * hours * daysInMonth * months;
  return Number.isNaN(runs) ? undefined : runs;
}

const isAny = (field: string | undefined) => field === "*" || field === "?";

/** How many of a field's values it stands for: `*`, `5`, `1-5`, `MON,FRI`, `0/6`. */
function countValues(field: string, size: number): number {
  if (isAny(field)) return size;
  return field
    .split(",")
    .map((part) => {
      const [range = "", step] = part.split("/");
      const [first, last] = range.split("-").map(Number);
      // Names of days and months, and forms such as `L` or `2#1`, stand for one value.
      const values =
        range === "*" || (step !== undefined && last === undefined)
          ? size
          : last === undefined
            ? 1
            : last - (first ?? 0) + 1;
      return step === undefined ? values : Math.ceil(values / Number(step));
    })
    .reduce((sum, count) => sum + count, 0);
}
