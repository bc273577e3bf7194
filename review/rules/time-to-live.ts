import { blockOf, textOf } from "../plan/value.ts";
import { CARE, type Rule } from "./rule.ts";
import { nameOf } from "./wording.ts";

/** Time to live is turned on, or uses another attribute. */
export const timeToLive: Rule = {
  name: "time-to-live",
  finds: [{ level: CARE, what: "time to live is turned on, or uses another attribute" }],
  judges: { aws_dynamodb_table: ["ttl.attribute_name", "ttl.enabled"] },
  reason:
    "DynamoDB deletes every item whose time to live attribute holds a past time, within days and without asking. This includes items from before it was turned on, except where the time is more than five years past. Each deletion is a record in the stream, with DynamoDB as its author, and is replicated.",
  source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html",
  check: (plan) =>
    plan.updated("aws_dynamodb_table").flatMap((change) => {
      const [before, after] = [change.before, change.after].map((table) => blockOf(table, "ttl"));
      if (after?.["enabled"] !== true) return [];
      const [from, to] = [textOf(before, "attribute_name"), textOf(after, "attribute_name")];
      const wasOn = before?.["enabled"] === true;
      if (wasOn && from === to) return [];
      return {
        change,
        level: CARE,
        what: wasOn
          ? `The time to live attribute of table ${nameOf(change)} changes from ${from ?? "none"} to ${to ?? "(known after apply)"}: items will expire.`
          : `Time to live of table ${nameOf(change)} is turned on, with attribute ${to ?? "(known after apply)"}: items will expire.`,
        instead:
          "First count the items whose attribute holds a past time, in seconds since 1970: those are gone within days. To change the attribute, time to live has to be off for up to an hour.",
      };
    }),
};
