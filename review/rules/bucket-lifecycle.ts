import type { Plan, ResourceChange } from "../plan/plan.ts";
import {
  type Attributes,
  blockOf,
  blocksIn,
  canonicalForm,
  numberOf,
  textOf,
  type Value,
} from "../plan/value.ts";
import type { Harm } from "./harm.ts";

/** Objects that a lifecycle rule deletes, and when. */
interface Expiry {
  readonly what: "objects" | "noncurrent versions";
  /** The beginning of the objects' keys. */
  readonly prefix: string;
  /** The rest of the filter, in a form that can be compared; "" if there is none. */
  readonly filter: string;
  /** Days after which it deletes them, or a date as milliseconds since 1970. */
  readonly after: number;
  readonly unit: "days" | "date";
  /** How many noncurrent versions it spares. */
  readonly spares: number;
}

/** S3 deletes objects or noncurrent versions that it kept, or deletes them earlier. */
export const expiresMore: Harm = {
  line: "deletes objects or noncurrent versions that it kept, or deletes them earlier",
  describe(from, to) {
    const [old, now] = [expiriesOf(from), expiriesOf(to)];
    const harmful = now.filter((expiry) => !old.some((former) => includes(former, expiry)));
    if (harmful.length === 0) return undefined;
    return `newly deletes ${harmful.map((expiry) => describe(expiry, old)).join(", and ")}`;
  },
};

function describe(expiry: Expiry, old: readonly Expiry[]): string {
  const { what, prefix, filter } = expiry;
  const former = old.find((one) => one.what === what && one.prefix === prefix && one.filter === filter);
  const which = [prefix === "" ? "" : ` with prefix ${prefix}`, filter === "" ? "" : " of a filter"].join("");
  return `${what}${which} ${when(expiry)}${former ? ` instead of ${when(former)}` : ""}`;
}

function when({ after, unit, spares }: Expiry): string {
  const time = unit === "days" ? `after ${after} days` : `on ${new Date(after).toISOString().slice(0, 10)}`;
  return spares === 0 ? time : `${time} except for the newest ${spares}`;
}

/** Whether what an expiry deletes was deleted by another one already, at that time or before. */
const includes = (former: Expiry, expiry: Expiry): boolean =>
  former.what === expiry.what &&
  former.unit === expiry.unit &&
  former.after <= expiry.after &&
  former.spares <= expiry.spares &&
  expiry.prefix.startsWith(former.prefix) &&
  (former.filter === "" || former.filter === expiry.filter);

function expiriesOf(rules: Value | undefined): Expiry[] {
  return blocksIn(rules)
    .filter((rule) => textOf(rule, "status") === "Enabled")
    .flatMap((rule) => {
      const where = filterOf(rule);
      const [objects, versions] = ["expiration", "noncurrent_version_expiration"].map((name) =>
        blockOf(rule, name),
      );
      const days = numberOf(objects, "days") ?? 0;
      const date = Date.parse(textOf(objects, "date") ?? "");
      const versionDays = numberOf(versions, "noncurrent_days") ?? 0;
      const spares = numberOf(versions, "newer_noncurrent_versions") ?? 0;
      const found: Expiry[] = [];
      if (days > 0) found.push({ ...where, what: "objects", after: days, unit: "days", spares: 0 });
      if (!Number.isNaN(date))
        found.push({ ...where, what: "objects", after: date, unit: "date", spares: 0 });
      if (versionDays > 0)
        found.push({ ...where, what: "noncurrent versions", after: versionDays, unit: "days", spares });
      return found;
    });
}

function filterOf(rule: Attributes): Pick<Expiry, "prefix" | "filter"> {
  const { prefix: _, and, ...rest } = blockOf(rule, "filter") ?? {};
  const { prefix: __, ...others } = blockOf({ and: and ?? null }, "and") ?? {};
  const prefixes = [blockOf(blockOf(rule, "filter"), "and"), blockOf(rule, "filter"), rule].map((part) =>
    textOf(part, "prefix"),
  );
  return {
    prefix: prefixes.find((prefix) => prefix !== undefined) ?? "",
    filter: canonicalForm({ ...rest, ...others }),
  };
}

/** Whether the bucket of a new configuration was there before, so that there may be objects in it. */
export function isOnExistingBucket({ action, after }: ResourceChange, plan: Plan): boolean {
  if (action !== "create") return true;
  const bucket = textOf(after, "bucket");
  // It is known only after apply if the same plan creates the bucket.
  if (bucket === undefined) return false;
  return !plan
    .ofType("aws_s3_bucket")
    .some((other) => other.action === "create" && textOf(other.after, "bucket") === bucket);
}
