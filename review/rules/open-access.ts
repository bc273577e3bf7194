import type { ResourceChange } from "../plan/plan.ts";
import { textOf } from "../plan/value.ts";
import { OPEN_DATA } from "./open-data.ts";
import { OPEN_ENDPOINTS } from "./open-endpoints.ts";
import { BLOCKED, CARE, mergeAttributes, type Rule, type RuleFinding } from "./rule.ts";
import { checkSettings, findsOfSettings, judgedSettings, typesJudgedNew } from "./setting.ts";
import { nameOf } from "./wording.ts";

/** The attribute that says how a method or route of an API authorizes its callers. */
const AUTHORIZATION: Readonly<Record<string, string>> = {
  aws_api_gateway_method: "authorization",
  aws_apigatewayv2_route: "authorization_type",
};

const SETTINGS = [...OPEN_DATA, ...OPEN_ENDPOINTS];

const LOAD_BALANCERS = ["aws_lb", "aws_alb", "aws_elb"];

/** A database, bucket, function or API is open to everybody, or to another account. */
export const openAccess: Rule = {
  name: "open-access",
  finds: [
    ...findsOfSettings(SETTINGS),
    {
      level: BLOCKED,
      what: "a method or route of an API loses its authorization (`aws_api_gateway_method`, `aws_apigatewayv2_route`)",
    },
    {
      level: CARE,
      what: "a new method or route of an API has none, except for `OPTIONS` and `$disconnect`; a load balancer faces the internet, or no longer is internal (`aws_lb`, `aws_alb`, `aws_elb`)",
    },
  ],
  judges: mergeAttributes(
    judgedSettings(SETTINGS),
    Object.fromEntries(Object.entries(AUTHORIZATION).map(([type, attribute]) => [type, [attribute]])),
    Object.fromEntries(LOAD_BALANCERS.map((type) => [type, ["internal"]])),
  ),
  judgesNew: [...typesJudgedNew(SETTINGS), ...Object.keys(AUTHORIZATION), ...LOAD_BALANCERS],
  reason: "Everybody can reach it, or somebody who couldn't before: one mistake or weak password is enough.",
  source:
    "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_data_rest_access_control.html",
  check: (plan) => [
    ...checkSettings(plan, SETTINGS),
    ...plan.ofType(...Object.keys(AUTHORIZATION)).flatMap(checkAuthorization),
    ...plan.ofType(...LOAD_BALANCERS).flatMap(checkLoadBalancer),
  ],
};

/** Browsers ask with OPTIONS, without credentials, before they call; WebSocket APIs authorize only connections. */
const needsNone = (route: string) => route.startsWith("OPTIONS") || route === "$disconnect";

function checkAuthorization(change: ResourceChange): RuleFinding | [] {
  const { action, type, before, after } = change;
  const attribute = AUTHORIZATION[type] ?? "";
  const route = textOf(after, "route_key") ?? textOf(after, "http_method") ?? change.address;
  const [from, to] = [textOf(before, attribute), textOf(after, attribute)];
  if (to !== "NONE" || from === "NONE" || needsNone(route)) return [];
  if (action !== "create" && action !== "update" && action !== "replace") return [];
  return {
    change,
    level: from === undefined ? CARE : BLOCKED,
    what: `${route} of ${change.address} ${from === undefined ? "has no authorization" : `loses its authorization (${from})`}.`,
    why: "Everybody who knows the address can call it; an API key doesn't say who calls.",
    instead: "Authorize the callers by IAM, a JWT or a Lambda authorizer, unless it is meant for everybody.",
  };
}

/** A load balancer that isn't said to be internal faces the internet. */
function checkLoadBalancer(change: ResourceChange): RuleFinding | [] {
  const { action, before, after } = change;
  const isOpened =
    action === "create" || ((action === "replace" || action === "update") && before?.["internal"] === true);
  if (!isOpened || after?.["internal"] === true) return [];
  return {
    change,
    level: CARE,
    what: `Load balancer ${nameOf(change)} ${action === "create" ? "faces the internet" : "is no longer internal: it faces the internet"}.`,
    instead: "Make it internal, unless everybody is to reach what is behind it.",
  };
}
