import { isList, type Value } from "../plan/value.ts";
import { BLOCKED, CARE } from "./rule.ts";
import { becomes, gains, type Harm, turnedOff, turnedOn } from "./harm.ts";
import { type HarmfulSetting } from "./setting.ts";

const items = (value: Value | undefined): readonly Value[] => (isList(value) ? value : []);

const isPrivate = (value: Value | undefined) => items(value).includes("PRIVATE");

/** An API leaves its VPC. */
const noLongerPrivate: Harm = {
  line: "is no longer `PRIVATE`",
  describe: (from, to) =>
    isPrivate(from) && !isPrivate(to)
      ? `changes from PRIVATE to ${items(to).map(String).join(", ")}`
      : undefined,
};

const publicAddress = {
  is: "a public address",
  harm: turnedOn,
  level: CARE,
  alsoNew: true,
  instead:
    "Keep it in a private subnet behind a load balancer or a NAT gateway, unless everybody is to reach it.",
} as const;

const crossOrigin = {
  is: "the list of origins whose pages may call it",
  harm: gains("*"),
  level: CARE,
  alsoNew: true,
  why: "Any web page that a user opens can call it in the user's browser.",
  instead: "Name the origins of your own pages.",
} as const;

const userPool = "aws_cognito_user_pool";

/** Functions, APIs, addresses and identities that open to others. */
export const OPEN_ENDPOINTS: readonly HarmfulSetting[] = [
  {
    types: ["aws_lambda_function_url"],
    attribute: "authorization_type",
    is: "the authorization",
    harm: becomes("NONE"),
    level: BLOCKED,
    alsoNew: true,
    why: "Everybody may invoke the function, and you pay for it.",
    instead: "Keep AWS_IAM; let CloudFront or API Gateway stand before what is meant for everybody.",
  },
  { ...crossOrigin, types: ["aws_lambda_function_url"], attribute: "cors.allow_origins" },
  { ...crossOrigin, types: ["aws_apigatewayv2_api"], attribute: "cors_configuration.allow_origins" },
  {
    types: ["aws_api_gateway_method", "aws_apigatewayv2_route"],
    attribute: "api_key_required",
    is: "the need of an API key",
    harm: turnedOff,
    level: CARE,
    why: "Calls no longer count against a usage plan: nothing limits a caller.",
    instead: "Keep it, unless something else limits the callers.",
  },
  {
    types: ["aws_api_gateway_rest_api"],
    attribute: "endpoint_configuration.types",
    is: "the endpoint",
    harm: noLongerPrivate,
    level: CARE,
    instead: "Keep the API PRIVATE, and call it through its VPC endpoint.",
  },
  {
    ...publicAddress,
    types: ["aws_instance", "aws_launch_configuration", "aws_spot_instance_request"],
    attribute: "associate_public_ip_address",
  },
  {
    ...publicAddress,
    types: ["aws_launch_template"],
    attribute: "network_interfaces.associate_public_ip_address",
    harm: becomes("true"),
  },
  {
    ...publicAddress,
    types: ["aws_ecs_service", "aws_ecs_task_set"],
    attribute: "network_configuration.assign_public_ip",
  },
  {
    ...publicAddress,
    types: ["aws_subnet", "aws_default_subnet"],
    attribute: "map_public_ip_on_launch",
    is: "a public address for each instance",
  },
  {
    types: ["aws_apprunner_service"],
    attribute: "network_configuration.ingress_configuration.is_publicly_accessible",
    is: "access from the internet",
    harm: turnedOn,
    level: CARE,
    instead: "Keep it private, and call it through its VPC ingress connection.",
  },
  {
    types: ["aws_transfer_server"],
    attribute: "endpoint_type",
    is: "the endpoint",
    harm: becomes("PUBLIC"),
    level: CARE,
    alsoNew: true,
    instead: "Use an endpoint in the VPC, with a security group that names the clients.",
  },
  {
    types: ["aws_sagemaker_notebook_instance"],
    attribute: "direct_internet_access",
    is: "direct access to the internet",
    harm: becomes("Enabled"),
    level: CARE,
    alsoNew: true,
    why: "Who uses the notebook can carry its data anywhere.",
    instead: "Disable it, and let the notebook reach AWS through VPC endpoints.",
  },
  {
    types: ["aws_cognito_identity_pool"],
    attribute: "allow_unauthenticated_identities",
    is: "access without signing in",
    harm: turnedOn,
    level: CARE,
    alsoNew: true,
    why: "Everybody gets AWS credentials, with the pool's role for unauthenticated identities.",
    instead: "Let users sign in; if guests have to be, check what their role allows.",
  },
  {
    types: [userPool],
    attribute: "admin_create_user_config.allow_admin_create_user_only",
    is: "the rule that only administrators create users",
    harm: turnedOff,
    level: CARE,
    why: "Everybody can sign up.",
    instead: "Keep it on, unless everybody is to be a user.",
  },
  {
    types: ["aws_codebuild_project"],
    attribute: "project_visibility",
    is: "the visibility of the builds",
    harm: becomes("PUBLIC_READ"),
    level: BLOCKED,
    alsoNew: true,
    why: "Everybody can read the logs and the artifacts of all builds, and whatever secrets they print.",
    instead: "Keep the project PRIVATE.",
  },
  {
    types: ["aws_ram_resource_share"],
    attribute: "allow_external_principals",
    is: "sharing with accounts outside of the organization",
    harm: turnedOn,
    level: CARE,
    instead: "Keep it off.",
  },
];
