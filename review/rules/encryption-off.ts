import { textOf } from "../plan/value.ts";
import { BLOCKED_WHERE_PROTECTED, CARE, type Rule } from "./rule.ts";
import { changesTo, emptied, type Harm, turnedOff } from "./harm.ts";
import { checkSettings, findsOfSettings, type HarmfulSetting, judgedSettings } from "./setting.ts";

const atRest = {
  is: "encryption at rest",
  harm: turnedOff,
  level: BLOCKED_WHERE_PROTECTED,
  instead: "Keep it encrypted; AWS's own key costs nothing.",
} as const;

const inTransit = {
  is: "encryption in transit",
  harm: turnedOff,
  level: BLOCKED_WHERE_PROTECTED,
  why: "Data and passwords cross the network in the clear.",
  instead: "Keep it on, and let the clients use TLS.",
} as const;

const ownKey = {
  is: "the customer managed key",
  harm: emptied,
  level: CARE,
  why: "AWS's own keys can't be restricted within the account: whoever may read the resource can read what is in it.",
  instead: "Keep the key.",
} as const;

/** TLS ends, at a listener. */
const withoutTls: Harm = {
  line: "changes from `HTTPS` to `HTTP`, or from `TLS` to `TCP`",
  describe: (from, to) =>
    (from === "HTTPS" && to === "HTTP") || (from === "TLS" && to === "TCP")
      ? `changes from ${from} to ${to}`
      : undefined,
};

const databases = ["aws_db_instance", "aws_rds_cluster", "aws_docdb_cluster", "aws_neptune_cluster"];
const searchDomains = ["aws_opensearch_domain", "aws_elasticsearch_domain"];

const SETTINGS: readonly HarmfulSetting[] = [
  { ...atRest, types: databases, attribute: "storage_encrypted" },
  {
    ...atRest,
    types: ["aws_redshift_cluster", "aws_ebs_volume", "aws_efs_file_system"],
    attribute: "encrypted",
  },
  {
    ...atRest,
    types: ["aws_elasticache_replication_group"],
    attribute: "at_rest_encryption_enabled",
    harm: changesTo("false"),
  },
  { ...atRest, types: searchDomains, attribute: "encrypt_at_rest.enabled" },
  {
    ...atRest,
    types: ["aws_dax_cluster", "aws_kinesis_firehose_delivery_stream"],
    attribute: "server_side_encryption.enabled",
  },
  {
    ...atRest,
    types: ["aws_kinesis_stream"],
    attribute: "encryption_type",
    harm: changesTo("NONE", ""),
  },
  {
    ...atRest,
    types: ["aws_sqs_queue"],
    attribute: "sqs_managed_sse_enabled",
    appliesTo: ({ after }) => textOf(after, "kms_master_key_id") === undefined,
  },
  {
    ...atRest,
    types: ["aws_ebs_encryption_by_default"],
    attribute: "enabled",
    is: "encryption of new volumes",
  },
  {
    ...atRest,
    types: ["aws_sns_topic", "aws_sqs_queue"],
    attribute: "kms_master_key_id",
    harm: emptied,
    appliesTo: ({ type, after }) => type === "aws_sns_topic" || after?.["sqs_managed_sse_enabled"] === false,
  },
  {
    ...ownKey,
    types: ["aws_sqs_queue"],
    attribute: "kms_master_key_id",
    appliesTo: ({ after }) => after?.["sqs_managed_sse_enabled"] !== false,
  },
  { ...ownKey, types: ["aws_cloudwatch_log_group", "aws_secretsmanager_secret"], attribute: "kms_key_id" },
  {
    ...ownKey,
    types: ["aws_s3_bucket_server_side_encryption_configuration"],
    attribute: "rule.apply_server_side_encryption_by_default.sse_algorithm",
    harm: changesTo("AES256"),
  },
  {
    ...inTransit,
    types: ["aws_elasticache_replication_group", "aws_elasticache_cluster"],
    attribute: "transit_encryption_enabled",
  },
  { ...inTransit, types: ["aws_memorydb_cluster"], attribute: "tls_enabled" },
  { ...inTransit, types: searchDomains, attribute: "node_to_node_encryption.enabled" },
  {
    ...inTransit,
    types: searchDomains,
    attribute: "domain_endpoint_options.enforce_https",
    is: "the rule that only HTTPS is answered",
  },
  {
    ...inTransit,
    types: ["aws_dax_cluster"],
    attribute: "cluster_endpoint_encryption_type",
    harm: changesTo("NONE"),
  },
  {
    ...inTransit,
    types: ["aws_msk_cluster"],
    attribute: "encryption_info.encryption_in_transit.client_broker",
    harm: changesTo("PLAINTEXT", "TLS_PLAINTEXT"),
  },
  { ...inTransit, types: ["aws_msk_cluster"], attribute: "encryption_info.encryption_in_transit.in_cluster" },
  {
    ...inTransit,
    types: ["aws_lb_listener", "aws_alb_listener"],
    attribute: "protocol",
    is: "the protocol",
    harm: withoutTls,
  },
];

/** Encryption is turned off. The rule `encryption-change` checks tables and KMS keys. */
export const encryptionOff: Rule = {
  name: "encryption-off",
  finds: findsOfSettings(SETTINGS),
  judges: judgedSettings(SETTINGS),
  reason:
    "A copy of the disk, a snapshot or a backup shows the data in the clear. For many resources the change also means a new one without the data.",
  source: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/protecting-data-at-rest.html",
  check: (plan) => checkSettings(plan, SETTINGS),
};
