import type { ResourceChange } from "../plan/plan.ts";
import { BLOCKED, type RuleFinding, type Rule } from "./rule.ts";
import { isUnknownOrHidden, textOf, textsOf } from "../plan/value.ts";

/** A way from the network to DynamoDB that is cut. */
export const endpointChange: Rule = {
  name: "endpoint-change",
  reason:
    "Subnets without a way to the internet reach DynamoDB through the endpoint alone: without it, or without their route table in it, every call of the function and the application fails.",
  source: "https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
  check: (plan) => [
    ...plan.ofType("aws_vpc_endpoint").flatMap(checkEndpoint),
    ...plan
      .ofType("aws_vpc_endpoint_route_table_association")
      .filter(({ action }) => action === "delete" || action === "replace")
      .map((change) => routeTableGone(change, textOf(change.before, "route_table_id") ?? change.address)),
  ],
};

function checkEndpoint(change: ResourceChange): RuleFinding[] {
  const { action, before, after } = change;
  const service = textOf(before, "service_name") ?? change.address;
  if (action === "delete" || action === "replace") {
    const because =
      change.forcedBy.length > 0 ? `, since ${change.forcedBy.join(", ")} can't be changed in place` : "";
    return [
      {
        change,
        level: BLOCKED,
        what: `The endpoint to ${service} is ${action === "delete" ? "deleted" : "deleted and made anew"}${because}.`,
        instead:
          "Keep it. If it has to be another: make the second endpoint first, with other route tables, and move the subnets over one at a time.",
      },
    ];
  }
  if (action !== "update" || isUnknownOrHidden(after?.["route_table_ids"])) return [];
  const kept = new Set(textsOf(after, "route_table_ids"));
  return textsOf(before, "route_table_ids")
    .filter((routeTable) => !kept.has(routeTable))
    .map((routeTable) => routeTableGone(change, routeTable));
}

const routeTableGone = (change: ResourceChange, routeTable: string): RuleFinding => ({
  change,
  level: BLOCKED,
  what: `Route table ${routeTable} loses its route to the endpoint.`,
  instead: "Take it away only after nothing runs in its subnets any more.",
});
