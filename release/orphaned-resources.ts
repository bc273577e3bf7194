import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-lambda";
import {
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
} from "@aws-sdk/client-resource-groups-tagging-api";
import { GetQueueUrlCommand, QueueDoesNotExist, SQSClient } from "@aws-sdk/client-sqs";
import type { Environment } from "../config/environment.ts";
import { namesOf } from "../config/names.ts";
import type { ClientSettings } from "../account/access.ts";

/** Resources of an environment that are in AWS and may be missing from its state. */
export interface OrphanedResources {
  /** The import id of a resource that may be the planned one; its values as far as they are known before it is made. */
  readonly find: (type: string, values: Readonly<Record<string, unknown>>) => Promise<string | undefined>;
  /** Whether a resource belongs to the environment by its tag, and doesn't just have the same name. */
  readonly belongsToEnvironment: (values: unknown) => boolean;
}

type Text = string | undefined;

/**
 * Types that are imported by name, and the attribute that holds it. The import finds out whether they exist. A key has its
 * policy from the beginning.
 */
const NAME_ATTRIBUTES: Readonly<Record<string, string>> = {
  aws_athena_workgroup: "name",
  aws_backup_vault: "name",
  aws_cloudwatch_log_group: "name",
  aws_dax_cluster: "cluster_name",
  aws_dax_parameter_group: "name",
  aws_dax_subnet_group: "name",
  aws_dynamodb_table: "name",
  aws_iam_role: "name",
  aws_kms_alias: "name",
  aws_kms_key_policy: "key_id",
  aws_lambda_function: "function_name",
  aws_s3_bucket: "bucket",
};

/** Types with generated ids that are tagged when created, and what their ARNs call them. */
const ARN_TYPES: Readonly<Record<string, string>> = {
  aws_backup_plan: "backup-plan",
  aws_kms_key: "key",
  aws_route_table: "route-table",
  aws_security_group: "security-group",
  aws_subnet: "subnet",
  aws_vpc: "vpc",
  aws_vpc_endpoint: "vpc-endpoint",
  aws_vpc_security_group_egress_rule: "security-group-rule",
  aws_vpc_security_group_ingress_rule: "security-group-rule",
};

/**
 * Looks in AWS for resources of an environment. Types that are not looked for need no import: creating them again
 * updates what is there (an alarm, a role's policy), or makes a second one that does no harm (a saved query).
 */
export async function findOrphanedResources(
  environment: Environment,
  settings: ClientSettings,
): Promise<OrphanedResources> {
  const tagged = await taggedResources(environment, settings);
  const { streamFunction } = namesOf(environment);
  const find: OrphanedResources["find"] = async (type, values) => {
    if (NAME_ATTRIBUTES[type] !== undefined) return values[NAME_ATTRIBUTES[type]] as Text;
    if (ARN_TYPES[type] !== undefined) {
      // No two resources of an environment share all tags within a kind.
      const tags = Object.entries(values["tags_all"] ?? {});
      const found = tagged.filter(
        (one) => one.kind === ARN_TYPES[type] && tags.every(([key, value]) => one.tags[key] === value),
      );
      // Several killed deployments can leave several resources; then none is taken.
      return found.length === 1 ? found[0]?.id : undefined;
    }
    if (type === "aws_lambda_event_source_mapping") {
      const command = new ListEventSourceMappingsCommand({ FunctionName: streamFunction });
      const answer = await unlessMissing(new LambdaClient(settings).send(command));
      return answer?.EventSourceMappings?.[0]?.UUID;
    }
    if (type === "aws_sqs_queue") {
      const command = new GetQueueUrlCommand({ QueueName: values["name"] as Text });
      return (await unlessMissing(new SQSClient(settings).send(command)))?.QueueUrl;
    }
    const {
      subnet_id: subnet,
      route_table_id: routeTable,
      database_name: database,
      name,
    } = values as Readonly<Record<string, Text>>;
    // Where there is a catalogue, the account is set.
    const { account } = environment;
    if (type === "aws_glue_catalog_database") return [account, name].join(":");
    if (type === "aws_glue_catalog_table") return [account, database, name].join(":");
    if (type === "aws_scheduler_schedule") return `default/${name ?? ""}`;
    return type === "aws_route_table_association" && subnet !== undefined && routeTable !== undefined
      ? `${subnet}/${routeTable}`
      : undefined;
  };
  const belongsToEnvironment = (values: unknown) => {
    const { tags_all: tags } = values as { tags_all?: Readonly<Record<string, string>> | null };
    // An alias, an association, a schedule and a table of the catalogue carry no tags.
    return !tags || tags["environment"] === environment.name;
  };
  return { find, belongsToEnvironment };
}

async function taggedResources({ name }: Environment, settings: ClientSettings) {
  const client = new ResourceGroupsTaggingAPIClient(settings);
  const found: { kind: string; id: string; tags: Readonly<Record<string, Text>> }[] = [];
  const TagFilters = [{ Key: "environment", Values: [name] }];
  for await (const { ResourceTagMappingList = [] } of paginateGetResources({ client }, { TagFilters }))
    for (const { ResourceARN = "", Tags = [] } of ResourceTagMappingList) {
      // arn:aws:ec2:ca-central-1:111111111111:vpc/vpc-1, or …:backup-plan:1
      const [kind = "", id = ""] = ResourceARN.split(/[:/]/).slice(5);
      found.push({ kind, id, tags: Object.fromEntries(Tags.map(({ Key = "", Value }) => [Key, Value])) });
    }
  return found;
}

/** The answer about a resource; undefined where there is no such resource. */
const unlessMissing = <Answer>(answer: Promise<Answer>): Promise<Answer | undefined> =>
  answer.catch((error: unknown) => {
    if (error instanceof ResourceNotFoundException || error instanceof QueueDoesNotExist) return undefined;
    throw error;
  });
