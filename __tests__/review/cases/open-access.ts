import { type PlannedCase, type PlannedCases } from "../planned-cases.ts";

type Values = Exclude<PlannedCase["harmful"], "deleted">;

/** A case of the rule: of an update, or of a new resource if nothing is deployed. */
const opens = (
  type: string,
  finds: string,
  [deployed, harmful, harmless]: readonly [Values | undefined, Values, Values],
  beside?: PlannedCase["beside"],
): PlannedCase => ({
  rule: "open-access",
  type,
  ...(deployed && { deployed }),
  harmful,
  harmless,
  finds,
  ...(beside && { beside }),
});

/** An update of one attribute. */
const changes = (type: string, finds: string, rest: Values, from: Values, to: Values, near: Values) =>
  opens(type, finds, [
    { ...rest, ...from },
    { ...rest, ...to },
    { ...rest, ...near },
  ]);

const database = { engine: "mysql", instance_class: "db.t3.micro", username: "admin", allocated_storage: 20 };
const subnets = ["subnet-11111111", "subnet-22222222"];
const role_arn = "arn:aws:iam::111111111111:role/role";
const image_id = "ami-11111111";
const bucket = "a-bucket";
const permission_arns = ["arn:aws:ram::aws:permission/AWSRAMDefaultPermissionSubnet"];

const kafka = (type: string, unauthenticated = false) => ({
  cluster_name: "kafka",
  kafka_version: "3.6.0",
  number_of_broker_nodes: 2,
  broker_node_group_info: {
    client_subnets: subnets,
    instance_type: "kafka.t3.small",
    security_groups: ["sg-11111111"],
    connectivity_info: { public_access: { type } },
  },
  client_authentication: { unauthenticated, sasl: { iam: true } },
});
const search = (rest: Values) => ({ domain_name: "search", ...rest });
const inVpc = (...subnet_ids: readonly string[]) => search({ vpc_options: { subnet_ids } });
const networkPolicy = (rest: object) => ({
  name: "network",
  type: "network",
  policy: JSON.stringify([{ Rules: [{ ResourceType: "collection", Resource: ["collection/a"] }], ...rest }]),
});
const cluster = (vpc: object) => ({ name: "cluster", role_arn, vpc_config: { subnet_ids: subnets, ...vpc } });
const officeOnly = { endpoint_public_access: true, public_access_cidrs: ["203.0.113.0/24"] };
const snapshot = (...shared_accounts: readonly string[]) => ({
  db_instance_identifier: "database",
  db_snapshot_identifier: "snapshot",
  shared_accounts,
});
const grantTo = (uri: string) => ({
  bucket,
  access_control_policy: {
    owner: { id: "1" },
    grant: [
      { permission: "READ", grantee: { type: "Group", uri: `http://acs.amazonaws.com/groups/${uri}` } },
    ],
  },
});
const page = "https://example.com";
const url = (authorization_type: string, ...allow_origins: readonly string[]) => ({
  function_name: "function",
  authorization_type,
  ...(allow_origins.length > 0 && { cors: { allow_origins, allow_credentials: false, max_age: 60 } }),
});
const httpApi = (...allow_origins: readonly string[]) => ({
  name: "api",
  protocol_type: "HTTP",
  cors_configuration: { allow_origins },
});
const template = (associate_public_ip_address: string) => ({
  image_id,
  network_interfaces: [{ associate_public_ip_address }],
});
const service = (assign_public_ip: boolean, desired_count = 2) => ({
  name: "service",
  cluster: "cluster",
  task_definition: "task:1",
  desired_count,
  network_configuration: { subnets, assign_public_ip },
});
const app = (is_publicly_accessible: boolean) => ({
  service_name: "app",
  source_configuration: {
    image_repository: { image_identifier: "public.ecr.aws/a/b:1", image_repository_type: "ECR_PUBLIC" },
  },
  network_configuration: { ingress_configuration: { is_publicly_accessible } },
});
const notebook = (direct_internet_access: string) => ({
  name: "notebook",
  role_arn,
  instance_type: "ml.t3.medium",
  subnet_id: "subnet-11111111",
  security_groups: ["sg-11111111"],
  direct_internet_access,
});
const build = (project_visibility: string) => ({
  name: "build",
  service_role: role_arn,
  project_visibility,
  artifacts: { type: "NO_ARTIFACTS" },
  environment: {
    compute_type: "BUILD_GENERAL1_SMALL",
    image: "aws/codebuild/standard:7.0",
    type: "LINUX_CONTAINER",
  },
  source: { type: "NO_SOURCE", buildspec: "version: 0.2" },
});
const method = (http_method: string, authorization: string) => ({
  rest_api_id: "api",
  resource_id: "resource",
  http_method,
  authorization,
});
const route = (route_key: string, authorization_type: string) => ({
  api_id: "api",
  route_key,
  authorization_type,
});

/** Databases, buckets, functions and addresses that open to others. */
export const openAccessCases: PlannedCases = {
  "a database on the internet": changes(
    "aws_db_instance",
    "blocked/blocked Access from the internet of aws_db_instance.a-database-on-the-internet is turned on.",
    database,
    { publicly_accessible: false },
    { publicly_accessible: true },
    { publicly_accessible: false, tags: { team: "messaging" } },
  ),
  "a new cluster on the internet": opens(
    "aws_redshift_cluster",
    "blocked/blocked Access from the internet of",
    [
      undefined,
      { cluster_identifier: "cluster", node_type: "ra3.large", publicly_accessible: true },
      { cluster_identifier: "cluster", node_type: "ra3.large", publicly_accessible: false },
    ],
  ),
  "a graph on the internet": opens("aws_neptunegraph_graph", "blocked/blocked Access from the internet of", [
    undefined,
    { graph_name: "graph", provisioned_memory: 16, public_connectivity: true },
    { graph_name: "graph", provisioned_memory: 16, public_connectivity: false },
  ]),
  "brokers on the internet": opens("aws_msk_cluster", "blocked/blocked Access from the internet of", [
    kafka("DISABLED"),
    kafka("SERVICE_PROVIDED_EIPS"),
    { ...kafka("DISABLED"), tags: { team: "messaging" } },
  ]),
  "brokers without authentication": opens("aws_msk_cluster", "care/care Access without authentication of", [
    kafka("DISABLED"),
    kafka("DISABLED", true),
    { ...kafka("DISABLED"), tags: { team: "messaging" } },
  ]),
  "a search domain taken out of its VPC": opens("aws_opensearch_domain", "blocked/blocked The VPC of", [
    inVpc("subnet-11111111"),
    search({}),
    { ...inVpc("subnet-11111111"), tags: { team: "messaging" } },
  ]),
  "a new search domain on the internet": opens("aws_elasticsearch_domain", "care/care The VPC of", [
    undefined,
    search({}),
    inVpc("subnet-11111111"),
  ]),
  "a network policy for everybody": opens(
    "aws_opensearchserverless_security_policy",
    "care/care The network policy of network gets AllowFromPublic.",
    [
      undefined,
      networkPolicy({ AllowFromPublic: true }),
      networkPolicy({ AllowFromPublic: false, SourceVPCEs: ["vpce-1"] }),
    ],
  ),
  "a cluster's API for everybody": opens(
    "aws_eks_cluster",
    "care/care The list of addresses that may call the cluster's API of cluster becomes everywhere.",
    [
      cluster(officeOnly),
      cluster({ ...officeOnly, public_access_cidrs: ["0.0.0.0/0"] }),
      cluster({ ...officeOnly, public_access_cidrs: ["203.0.113.0/24", "198.51.100.0/24"] }),
    ],
  ),
  "a new cluster's API": opens(
    "aws_eks_cluster",
    "care/care The public endpoint for everybody of cluster is turned on.",
    [undefined, cluster({}), cluster(officeOnly)],
  ),
  "a snapshot for everybody": opens(
    "aws_db_snapshot",
    "blocked/blocked The list of accounts that may copy the snapshot of",
    [snapshot("222222222222"), snapshot("222222222222", "all"), snapshot()],
  ),
  "a snapshot for another account": opens(
    "aws_db_snapshot",
    "care/care The list of accounts that may copy the snapshot of",
    [snapshot(), snapshot("222222222222"), { ...snapshot(), tags: { team: "messaging" } }],
  ),
  "an image for everybody": opens(
    "aws_ami_launch_permission",
    "blocked/blocked The group that may launch the image of",
    [undefined, { image_id, group: "all" }, { image_id, account_id: "111111111111" }],
  ),
  "a bucket that everybody may read": opens(
    "aws_s3_bucket_acl",
    "blocked/blocked The access control list of",
    [
      { bucket, acl: "private" },
      { bucket, acl: "public-read" },
      { bucket, acl: "log-delivery-write" },
    ],
  ),
  "an object that everybody may read": opens("aws_s3_object", "blocked/blocked The access control list of", [
    undefined,
    { bucket, key: "key", content: "content", acl: "public-read" },
    { bucket, key: "key", content: "content", acl: "private" },
  ]),
  "a bucket with a grant for everybody": opens(
    "aws_s3_bucket_acl",
    "blocked/blocked The access control list of",
    [{ bucket, acl: "private" }, grantTo("global/AllUsers"), { bucket, acl: "log-delivery-write" }],
  ),
  "a bucket with a grant of its own": opens("aws_s3_bucket", "blocked/blocked The access control list of", [
    undefined,
    {
      bucket,
      grant: [
        {
          type: "Group",
          permissions: ["READ"],
          uri: "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
        },
      ],
    },
    {
      bucket,
      grant: [
        { type: "Group", permissions: ["WRITE"], uri: "http://acs.amazonaws.com/groups/s3/LogDelivery" },
      ],
    },
  ]),
  "access control lists that count again": opens(
    "aws_s3_bucket_ownership_controls",
    "care/care The ownership of objects of",
    [
      undefined,
      { bucket, rule: { object_ownership: "ObjectWriter" } },
      { bucket, rule: { object_ownership: "BucketOwnerEnforced" } },
    ],
  ),
  "a function's address for everybody": opens(
    "aws_lambda_function_url",
    "blocked/blocked The authorization of",
    [url("AWS_IAM", page), url("NONE", page), url("AWS_IAM", "https://example.com")],
  ),
  "a function's address for any page": opens(
    "aws_lambda_function_url",
    "care/care The list of origins whose pages may call it of",
    [
      url("AWS_IAM", "https://example.com"),
      url("AWS_IAM", "*"),
      url("AWS_IAM", "https://example.com", "https://example.org"),
    ],
  ),
  "an API for any page": opens(
    "aws_apigatewayv2_api",
    "care/care The list of origins whose pages may call it of",
    [undefined, httpApi("*"), httpApi("https://example.com")],
  ),
  "an API that leaves its VPC": opens(
    "aws_api_gateway_rest_api",
    "care/care The endpoint of api changes from PRIVATE to REGIONAL.",
    [
      { name: "api", endpoint_configuration: { types: ["PRIVATE"] } },
      { name: "api", endpoint_configuration: { types: ["REGIONAL"] } },
      { name: "api", endpoint_configuration: { types: ["PRIVATE"] }, description: "Private" },
    ],
  ),
  "an instance with a public address": opens("aws_instance", "care/care A public address of", [
    undefined,
    { ami: image_id, instance_type: "t3.micro", associate_public_ip_address: true },
    { ami: image_id, instance_type: "t3.micro", associate_public_ip_address: false },
  ]),
  "a template with a public address": opens("aws_launch_template", "care/care A public address of", [
    template("false"),
    template("true"),
    { ...template("false"), tags: { team: "messaging" } },
  ]),
  "tasks with public addresses": opens("aws_ecs_service", "care/care A public address of", [
    service(false),
    service(true),
    service(false, 3),
  ]),
  "a subnet with public addresses": opens("aws_subnet", "care/care A public address for each instance of", [
    { vpc_id: "vpc-11111111", cidr_block: "10.0.0.0/24" },
    { vpc_id: "vpc-11111111", cidr_block: "10.0.0.0/24", map_public_ip_on_launch: true },
    { vpc_id: "vpc-11111111", cidr_block: "10.0.0.0/24", tags: { team: "messaging" } },
  ]),
  "an app on the internet": opens("aws_apprunner_service", "care/care Access from the internet of", [
    app(false),
    app(true),
    { ...app(false), tags: { team: "messaging" } },
  ]),
  "a file server on the internet": opens("aws_transfer_server", "care/care The endpoint of", [
    undefined,
    { endpoint_type: "PUBLIC" },
    { endpoint_type: "VPC", endpoint_details: { vpc_id: "vpc-11111111", subnet_ids: subnets } },
  ]),
  "a notebook on the internet": opens(
    "aws_sagemaker_notebook_instance",
    "care/care Direct access to the internet of",
    [undefined, notebook("Enabled"), notebook("Disabled")],
  ),
  "identities that don't sign in": opens(
    "aws_cognito_identity_pool",
    "care/care Access without signing in of",
    [
      { identity_pool_name: "pool", allow_unauthenticated_identities: false },
      { identity_pool_name: "pool", allow_unauthenticated_identities: true },
      { identity_pool_name: "pool", allow_unauthenticated_identities: false, tags: { team: "messaging" } },
    ],
  ),
  "users who sign up": opens(
    "aws_cognito_user_pool",
    "care/care The rule that only administrators create users of",
    [
      { name: "pool", admin_create_user_config: { allow_admin_create_user_only: true } },
      { name: "pool", admin_create_user_config: { allow_admin_create_user_only: false } },
      {
        name: "pool",
        admin_create_user_config: { allow_admin_create_user_only: true },
        tags: { team: "messaging" },
      },
    ],
  ),
  "builds that everybody may read": opens(
    "aws_codebuild_project",
    "blocked/blocked The visibility of the builds of",
    [build("PRIVATE"), build("PUBLIC_READ"), { ...build("PRIVATE"), tags: { team: "messaging" } }],
  ),
  "a share with others": opens(
    "aws_ram_resource_share",
    "care/care Sharing with accounts outside of the organization of",
    [
      { name: "share", permission_arns, allow_external_principals: false },
      { name: "share", permission_arns, allow_external_principals: true },
      { name: "share", permission_arns, allow_external_principals: false, tags: { team: "messaging" } },
    ],
  ),
  "a method that loses its authorization": opens(
    "aws_api_gateway_method",
    "blocked/blocked GET of aws_api_gateway_method.a-method-that-loses-its-authorization loses its authorization (AWS_IAM).",
    [
      method("GET", "AWS_IAM"),
      method("GET", "NONE"),
      { ...method("GET", "AWS_IAM"), api_key_required: true },
    ],
  ),
  "a method without its API key": opens("aws_api_gateway_method", "care/care The need of an API key of", [
    { ...method("GET", "AWS_IAM"), api_key_required: true },
    { ...method("GET", "AWS_IAM"), api_key_required: false },
    { ...method("GET", "AWS_IAM"), api_key_required: true, operation_name: "get" },
  ]),
  "a new method without authorization": opens(
    "aws_api_gateway_method",
    "care/care GET of aws_api_gateway_method.a-new-method-without-authorization has no authorization.",
    [undefined, method("GET", "NONE"), method("OPTIONS", "NONE")],
  ),
  "a new route without authorization": opens(
    "aws_apigatewayv2_route",
    "care/care GET /a of aws_apigatewayv2_route.a-new-route-without-authorization has no authorization.",
    [undefined, route("GET /a", "NONE"), route("GET /a", "AWS_IAM")],
  ),
  "a new load balancer": opens("aws_lb", "care/care Load balancer public faces the internet.", [
    undefined,
    { name: "public", subnets },
    { name: "private", subnets, internal: true },
  ]),
  "a load balancer that was internal": opens(
    "aws_lb",
    "care/care Load balancer balancer is no longer internal: it faces the internet.",
    [
      { name: "balancer", subnets, internal: true },
      { name: "balancer", subnets, internal: false },
      { name: "balancer", subnets, internal: true, idle_timeout: 120 },
    ],
  ),
};
