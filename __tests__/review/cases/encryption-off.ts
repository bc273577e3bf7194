import type { PlannedCase, PlannedCases } from "../planned-cases.ts";

type Values = Exclude<PlannedCase["harmful"], "deleted">;

/** An update that turns encryption off; its neighbour keeps it, and changes a tag or something else. */
const encrypts = (
  type: string,
  finds: string,
  [deployed, harmful]: readonly [Values, Values],
  near: Values = { tags: { team: "messaging" } },
): PlannedCase => ({
  rule: "encryption-off",
  type,
  deployed,
  harmful,
  finds,
  harmless: { ...deployed, ...near },
});

const AT_REST = "blocked/care Encryption at rest of";
const IN_TRANSIT = "blocked/care Encryption in transit of";
const OWN_KEY = "care/care The customer managed key of";
const KEY = "arn:aws:kms:ca-central-1:111111111111:key/11111111-1111-4111-8111-111111111111";

const database = { engine: "mysql", instance_class: "db.t3.micro", username: "admin", allocated_storage: 20 };
const cache = (rest: object) => ({
  replication_group_id: "cache",
  description: "Cache",
  security_group_names: ["a"],
  ...rest,
});
const search = (rest: object) => ({
  domain_name: "search",
  vpc_options: { subnet_ids: ["subnet-11111111"] },
  ...rest,
});
const dax = (rest: object) => ({
  cluster_name: "dax",
  iam_role_arn: "arn:aws:iam::111111111111:role/role",
  node_type: "dax.t3.small",
  replication_factor: 1,
  ...rest,
});
const kinesis = (rest: object) => ({ name: "stream", shard_count: 1, ...rest });
const kafka = (encryption_in_transit: object) => ({
  cluster_name: "kafka",
  kafka_version: "3.6.0",
  number_of_broker_nodes: 2,
  broker_node_group_info: {
    client_subnets: ["subnet-11111111", "subnet-22222222"],
    instance_type: "kafka.t3.small",
    security_groups: ["sg-11111111"],
  },
  encryption_info: { encryption_in_transit },
});
const listener = (protocol: string, rest: object) => ({
  load_balancer_arn: "arn:aws:elasticloadbalancing:ca-central-1:111111111111:loadbalancer/app/a/1",
  port: 8_443,
  protocol,
  default_action: [{ type: "fixed-response", fixed_response: { content_type: "text/plain" } }],
  ...rest,
});
const https = { certificate_arn: "arn:aws:acm:ca-central-1:111111111111:certificate/1" };
const objects = (sse_algorithm: string, rest: object) => ({
  bucket: "a-bucket",
  rule: [{ apply_server_side_encryption_by_default: { sse_algorithm, ...rest } }],
});

/** Encryption that is turned off. */
export const encryptionCases: PlannedCases = {
  "a database in the clear": encrypts("aws_db_instance", AT_REST, [
    { ...database, storage_encrypted: true },
    { ...database, storage_encrypted: false },
  ]),
  "a volume in the clear": encrypts("aws_ebs_volume", AT_REST, [
    { availability_zone: "ca-central-1a", size: 8, encrypted: true },
    { availability_zone: "ca-central-1a", size: 8, encrypted: false },
  ]),
  "new volumes in the clear": encrypts(
    "aws_ebs_encryption_by_default",
    "blocked/care Encryption of new volumes of",
    [{ enabled: true }, { enabled: false }],
    {},
  ),
  "a cache at rest": encrypts("aws_elasticache_replication_group", AT_REST, [
    cache({ at_rest_encryption_enabled: true }),
    cache({ at_rest_encryption_enabled: false }),
  ]),
  "a search domain at rest": encrypts("aws_opensearch_domain", AT_REST, [
    search({ encrypt_at_rest: { enabled: true } }),
    search({ encrypt_at_rest: { enabled: false } }),
  ]),
  "a cluster of DAX at rest": encrypts("aws_dax_cluster", AT_REST, [
    dax({ server_side_encryption: { enabled: true } }),
    dax({ server_side_encryption: { enabled: false } }),
  ]),
  "a stream at rest": encrypts("aws_kinesis_stream", AT_REST, [
    kinesis({ encryption_type: "KMS", kms_key_id: "alias/aws/kinesis" }),
    kinesis({ encryption_type: "NONE" }),
  ]),
  "a queue at rest": encrypts("aws_sqs_queue", AT_REST, [
    { name: "queue", sqs_managed_sse_enabled: true },
    { name: "queue", sqs_managed_sse_enabled: false },
  ]),
  "a topic at rest": encrypts("aws_sns_topic", AT_REST, [
    { name: "topic", kms_master_key_id: "alias/aws/sns" },
    { name: "topic" },
  ]),
  "a queue without its key": encrypts("aws_sqs_queue", OWN_KEY, [
    { name: "queue", kms_master_key_id: KEY },
    { name: "queue", sqs_managed_sse_enabled: true },
  ]),
  "a queue without any key": encrypts("aws_sqs_queue", AT_REST, [
    { name: "queue", kms_master_key_id: KEY },
    { name: "queue", sqs_managed_sse_enabled: false },
  ]),
  "logs without their key": encrypts("aws_cloudwatch_log_group", OWN_KEY, [
    { name: "logs", kms_key_id: KEY },
    { name: "logs" },
  ]),
  "objects without their key": encrypts(
    "aws_s3_bucket_server_side_encryption_configuration",
    OWN_KEY,
    [objects("aws:kms", { kms_master_key_id: KEY }), objects("AES256", {})],
    {},
  ),
  "a cache in transit": encrypts("aws_elasticache_replication_group", IN_TRANSIT, [
    cache({ transit_encryption_enabled: true }),
    cache({ transit_encryption_enabled: false }),
  ]),
  "a database in memory in transit": encrypts("aws_memorydb_cluster", IN_TRANSIT, [
    { acl_name: "open-access", node_type: "db.t4g.small", name: "memory", tls_enabled: true },
    { acl_name: "open-access", node_type: "db.t4g.small", name: "memory", tls_enabled: false },
  ]),
  "nodes in transit": encrypts("aws_elasticsearch_domain", IN_TRANSIT, [
    search({ node_to_node_encryption: { enabled: true } }),
    search({ node_to_node_encryption: { enabled: false } }),
  ]),
  "a search domain without HTTPS": encrypts(
    "aws_opensearch_domain",
    "blocked/care The rule that only HTTPS is answered of",
    [
      search({ domain_endpoint_options: { enforce_https: true } }),
      search({ domain_endpoint_options: { enforce_https: false } }),
    ],
  ),
  "a cluster of DAX in transit": encrypts("aws_dax_cluster", IN_TRANSIT, [
    dax({ cluster_endpoint_encryption_type: "TLS" }),
    dax({ cluster_endpoint_encryption_type: "NONE" }),
  ]),
  "brokers and clients in transit": encrypts("aws_msk_cluster", IN_TRANSIT, [
    kafka({ client_broker: "TLS" }),
    kafka({ client_broker: "TLS_PLAINTEXT" }),
  ]),
  "brokers in transit": encrypts("aws_msk_cluster", IN_TRANSIT, [
    kafka({ in_cluster: true }),
    kafka({ in_cluster: false }),
  ]),
  "a listener in the clear": encrypts(
    "aws_lb_listener",
    "blocked/care The protocol of aws_lb_listener.a-listener-in-the-clear changes from HTTPS to HTTP.",
    [listener("HTTPS", https), listener("HTTP", {})],
  ),
};
