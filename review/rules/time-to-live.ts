import { CARE, type Rule } from "./rule.ts";
import { blockOf, textOf } from "../plan/value.ts";

/** Items begin to expire, or others do. */
export const timeToLive: Rule = {
  name: "time-to-live",
  reason:
    "DynamoDB deletes, within days and without asking, every item whose attribute holds a time that is past: old items too, as soon as it is on.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html",
  check: (plan) =>
    plan.ofType("aws_dynamodb_table").flatMap((change) => {
      if (change.action !== "update") return [];
      const [was, is] = [change.before, change.after].map((table) => blockOf(table, "ttl"));
      if (is?.["enabled"] !== true) return [];
      const [before, after] = [textOf(was, "attribute_name"), textOf(is, "attribute_name")];
      const on = was?.["enabled"] === true;
      if (on && before === after) return [];
      const table = textOf(change.before, "name") ?? change.address;
      return [
        {
          change,
          level: CARE,
          what: on
            ? `Items of table ${table} expire by ${after ?? "another attribute"} instead of ${before ?? "none"}: data will expire.`
            : `Time to live of table ${table} is turned on, by attribute ${after ?? "(known after apply)"}: data will expire.`,
          instead:
            "First count the items whose attribute holds a number of seconds since 1970 that is past. A change of the attribute needs it off for up to an hour.",
        },
      ];
    }),
};
