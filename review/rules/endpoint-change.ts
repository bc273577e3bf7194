import type { ResourceChange } from "../plan/plan.ts";
import { isUnknownOrHidden, textOf, textsOf } from "../plan/value.ts";
import { BLOCKED, type Rule, type RuleFinding } from "./rule.ts";
import { deletedOrReplaced } from "./wording.ts";

/** The network loses a route to DynamoDB. */
export const endpointChange: Rule = {
  name: "endpoint-change",
  finds: [
    { level: BLOCKED, what: "a VPC endpoint is deleted or replaced; a route table loses its route to it" },
  ],
  judges: {
    aws_vpc_endpoint: ["route_table_ids", "service_name"],
    aws_vpc_endpoint_route_table_association: [],
  },
  reason:
    "Subnets without internet access reach DynamoDB only through the VPC endpoint. Without the endpoint, or without a route to it, every DynamoDB call of the function and the application fails.",
  source: "https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
  check: (plan) => [
    ...plan.ofType("aws_vpc_endpoint").flatMap(checkEndpoint),
    ...plan
      .ofType("aws_vpc_endpoint_route_table_association")
      .filter(({ action }) => action === "delete" || action === "replace")
      .map((change) => routeRemoved(change, textOf(change.before, "route_table_id") ?? change.address)),
  ],
};

function checkEndpoint(change: ResourceChange): RuleFinding | RuleFinding[] {
  const { action, before, after } = change;
  if (action === "delete" || action === "replace")
    return {
      change,
      level: BLOCKED,
      what: `The VPC endpoint for ${textOf(before, "service_name") ?? change.address} is ${deletedOrReplaced(change)}.`,
      instead:
        "Keep it. If a different endpoint is needed, create it first with other route tables, and move the subnets over one at a time.",
    };
  if (action !== "update" || isUnknownOrHidden(after?.["route_table_ids"])) return [];
  const kept = textsOf(after, "route_table_ids");
  return textsOf(before, "route_table_ids")
    .filter((routeTable) => !kept.includes(routeTable))
    .map((routeTable) => routeRemoved(change, routeTable));
}

const routeRemoved = (change: ResourceChange, routeTable: string): RuleFinding => ({
  change,
  level: BLOCKED,
  what: `Route table ${routeTable} loses its route to the VPC endpoint.`,
  instead: "Remove it only when nothing runs in its subnets any more.",
});
