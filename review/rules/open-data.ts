import { isEverywhere } from "../network/everywhere.ts";
import {
  type Attributes,
  blockOf,
  contains,
  isAttributes,
  isEmpty,
  isList,
  parseJson,
  type Value,
} from "../plan/value.ts";
import { BLOCKED, CARE } from "./rule.ts";
import { becomes, emptied, gains, type Harm, turnedOn } from "./harm.ts";
import { type HarmfulSetting } from "./setting.ts";

const items = (value: Value | undefined): readonly Value[] => (isList(value) ? value : []);

/** A list gets an account besides the former ones. */
const gainsAccount: Harm = {
  line: "gets another account",
  describe(from, to) {
    const added = items(to).filter((account) => account !== "all" && !items(from).includes(account));
    return added.length > 0 ? `gets ${added.map(String).join(", ")}` : undefined;
  },
};

const EVERYBODY = /\/groups\/global\/(AllUsers|AuthenticatedUsers)$/;

/** A list of grants gets one for everybody, or for everybody who has an AWS account. */
const grantsEverybody: Harm = {
  line: "grants something to everybody",
  describe(from, to) {
    const [before, after] = [from, to].map((value) =>
      contains(value ?? null, (part) => typeof part === "string" && EVERYBODY.test(part)),
    );
    return after && !before ? "grants something to everybody" : undefined;
  },
};

/** Something new is in no VPC. */
const outside: Harm = {
  line: "is missing",
  describe: (from, to) => (from === undefined && isEmpty(to) ? "is missing" : undefined),
};

/** S3 looks at access control lists again. */
const countsLists: Harm = {
  line: "is no longer `BucketOwnerEnforced`",
  describe: (from, to) =>
    typeof to === "string" && to !== "BucketOwnerEnforced" && isEnforced(from) ? `becomes ${to}` : undefined,
};
const isEnforced = (from: Value | undefined) => from === undefined || from === "BucketOwnerEnforced";

const admitsEverybody = (value: Value | undefined) =>
  isEverywhere(items(value).filter((range) => typeof range === "string"));

/** A list of addresses comes to mean everybody. */
const everywhere: Harm = {
  line: "becomes everywhere",
  describe: (from, to) => (admitsEverybody(to) && !admitsEverybody(from) ? "becomes everywhere" : undefined),
};

const allowsPublic = (value: Value | undefined) =>
  typeof value === "string" &&
  contains(parseJson(value) ?? null, (part) => isAttributes(part) && part["AllowFromPublic"] === true);

/** A network policy of OpenSearch Serverless lets everybody in. */
const admitsPublic: Harm = {
  line: "gets `AllowFromPublic`",
  describe: (from, to) => (allowsPublic(to) && !allowsPublic(from) ? "gets AllowFromPublic" : undefined),
};

const clusterNetwork = (cluster: Attributes | undefined) => blockOf(cluster, "vpc_config");

const publicDatabase = {
  is: "access from the internet",
  harm: turnedOn,
  level: BLOCKED,
  alsoNew: true,
  instead:
    "Keep it private, and connect from within the network: through a VPN, a bastion or Session Manager.",
} as const;

const shared = {
  types: [
    "aws_db_snapshot",
    "aws_db_cluster_snapshot",
    "aws_db_snapshot_copy",
    "aws_rds_cluster_snapshot_copy",
  ],
  attribute: "shared_accounts",
  is: "the list of accounts that may copy the snapshot",
  alsoNew: true,
  why: "Whoever may copy a snapshot has all the data in it.",
  instead: "Share it with the accounts that need it, by their numbers, and take them off again.",
} as const;

const publicList = {
  is: "the access control list",
  level: BLOCKED,
  alsoNew: true,
  why: "Everybody may read what is in the bucket, or write into it, if no public access block stops it.",
  instead:
    "Keep it private; let CloudFront serve what is meant for everybody, and name accounts in the bucket policy.",
} as const;

const openLists = becomes("public-read", "public-read-write", "authenticated-read");

const searchDomain = {
  types: ["aws_opensearch_domain", "aws_elasticsearch_domain"],
  attribute: "vpc_options",
  is: "the VPC",
  why: "A domain outside of a VPC has an address on the internet; only its access policy guards it.",
  instead: "Put the domain into private subnets.",
} as const;

/** Databases, snapshots, buckets and clusters that open to others. */
export const OPEN_DATA: readonly HarmfulSetting[] = [
  {
    ...publicDatabase,
    types: [
      "aws_db_instance",
      "aws_dms_replication_instance",
      "aws_lightsail_database",
      "aws_m2_environment",
      "aws_mq_broker",
      "aws_neptune_cluster_instance",
      "aws_rds_cluster_instance",
      "aws_rds_shard_group",
      "aws_redshift_cluster",
      "aws_redshiftserverless_workgroup",
      "aws_timestreaminfluxdb_db_instance",
    ],
    attribute: "publicly_accessible",
  },
  { ...publicDatabase, types: ["aws_neptunegraph_graph"], attribute: "public_connectivity" },
  {
    ...publicDatabase,
    types: ["aws_msk_cluster"],
    attribute: "broker_node_group_info.connectivity_info.public_access.type",
    harm: becomes("SERVICE_PROVIDED_EIPS"),
  },
  {
    types: ["aws_msk_cluster"],
    attribute: "client_authentication.unauthenticated",
    is: "access without authentication",
    harm: turnedOn,
    level: CARE,
    instead: "Let clients authenticate by IAM, SASL/SCRAM or TLS.",
  },
  { ...searchDomain, harm: emptied, level: BLOCKED },
  { ...searchDomain, harm: outside, level: CARE, alsoNew: true },
  {
    types: ["aws_opensearchserverless_security_policy"],
    attribute: "policy",
    is: "the network policy",
    harm: admitsPublic,
    level: CARE,
    alsoNew: true,
    instead: "Name the VPC endpoints in SourceVPCEs.",
  },
  {
    types: ["aws_eks_cluster"],
    attribute: "vpc_config.public_access_cidrs",
    is: "the list of addresses that may call the cluster's API",
    harm: everywhere,
    level: CARE,
    appliesTo: ({ after }) => clusterNetwork(after)?.["endpoint_public_access"] !== false,
    instead: "Name the addresses that administer the cluster, or turn its public endpoint off.",
  },
  {
    types: ["aws_eks_cluster"],
    attribute: "vpc_config.endpoint_public_access",
    is: "the public endpoint for everybody",
    harm: turnedOn,
    level: CARE,
    alsoNew: true,
    // Without a list, everybody may.
    appliesTo: ({ after }) => {
      const addresses = clusterNetwork(after)?.["public_access_cidrs"];
      return !isList(addresses) || addresses.length === 0 || admitsEverybody(addresses);
    },
    instead: "Reach the cluster's API from within the VPC, or name the addresses in public_access_cidrs.",
  },
  { ...shared, harm: gains("all"), level: BLOCKED },
  { ...shared, harm: gainsAccount, level: CARE },
  {
    types: ["aws_ami_launch_permission"],
    attribute: "group",
    is: "the group that may launch the image",
    harm: becomes("all"),
    level: BLOCKED,
    alsoNew: true,
    why: "Whoever may launch an image can read all its files.",
    instead: "Name the accounts, or the organization, that need the image.",
  },
  {
    ...publicList,
    types: [
      "aws_s3_bucket",
      "aws_s3_bucket_acl",
      "aws_s3_object",
      "aws_s3_bucket_object",
      "aws_s3_object_copy",
    ],
    attribute: "acl",
    harm: openLists,
  },
  {
    ...publicList,
    types: ["aws_s3_bucket", "aws_s3_object_copy"],
    attribute: "grant",
    harm: grantsEverybody,
  },
  { ...publicList, types: ["aws_s3_bucket_acl"], attribute: "access_control_policy", harm: grantsEverybody },
  {
    types: ["aws_s3_bucket_ownership_controls"],
    attribute: "rule.object_ownership",
    is: "the ownership of objects",
    harm: countsLists,
    level: CARE,
    alsoNew: true,
    why: "Access control lists count again, on the bucket and on each object.",
    instead: "Keep BucketOwnerEnforced, and give access by policies.",
  },
];
