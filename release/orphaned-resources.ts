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
import type { ClientSettings } from "../config/account-access.ts";

/** A resource as it is planned, as far as that is known before it is made. */
export interface PlannedResource {
  readonly type: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Resources of an environment that are in AWS and may be missing from its state. */
export interface OrphanedResources {
  /** The import id of a resource that may be the planned one. */
  readonly find: (planned: PlannedResource) => Promise<string | undefined>;
  /** Whether a resource belongs to the environment by its tag, and doesn't just have the same name. */
  readonly belongsToEnvironment: (values: unknown) => boolean;
}

type Text = string | undefined;

/** Types that are imported by name, and the attribute that holds it. The import finds out whether they exist. */
const NAME_ATTRIBUTES: Readonly<Record<string, string>> = {
  aws_cloudwatch_log_group: "name",
  aws_dynamodb_table: "name",
  aws_iam_role: "name",
  aws_kms_alias: "name",
  aws_lambda_function: "function_name",
};

/** Types with generated ids that are tagged when created, and what their ARNs call them. */
const ARN_TYPES: Readonly<Record<string, string>> = {
  aws_kms_key: "key",
  aws_route_table: "route-table",
  aws_security_group: "security-group",
  aws_subnet: "subnet",
  aws_vpc: "vpc",
  aws_vpc_endpoint: "vpc-endpoint",
  aws_vpc_security_group_egress_rule: "security-group-rule",
};

/**
 * Looks in AWS for resources of an environment. Types that are not looked for need no import: creating them again
 * updates what is there (an alarm, a role's policy).
 */
export async function findOrphanedResources(
  environment: Environment,
  settings: ClientSettings,
): Promise<OrphanedResources> {
  const tagged = await taggedResources(environment, settings);
  const { streamFunction, deadLetterQueue } = namesOf(environment);
  const find = async ({ type, values }: PlannedResource): Promise<Text> => {
    if (NAME_ATTRIBUTES[type] !== undefined) return values[NAME_ATTRIBUTES[type]] as Text;
    if (ARN_TYPES[type] !== undefined)
      return singleId(tagged.filter((one) => isPlanned(one, ARN_TYPES[type], values)));
    if (type === "aws_lambda_event_source_mapping") return triggerOf(streamFunction, settings);
    if (type === "aws_sqs_queue") return urlOf(deadLetterQueue, settings);
    const { subnet_id: subnet, route_table_id: routeTable } = values as Readonly<Record<string, Text>>;
    return type === "aws_route_table_association" && subnet !== undefined && routeTable !== undefined
      ? `${subnet}/${routeTable}`
      : undefined;
  };
  const belongsToEnvironment = (values: unknown) => {
    const { tags_all: tags } = values as { tags_all?: Readonly<Record<string, string>> | null };
    // An alias and an association carry no tags.
    return !tags || tags["environment"] === environment.name;
  };
  return { find, belongsToEnvironment };
}

interface TaggedResource {
  readonly kind: string;
  readonly id: string;
  readonly tags: Readonly<Record<string, Text>>;
}

async function taggedResources(
  environment: Environment,
  settings: ClientSettings,
): Promise<TaggedResource[]> {
  const client = new ResourceGroupsTaggingAPIClient(settings);
  const found: TaggedResource[] = [];
  const TagFilters = [{ Key: "environment", Values: [environment.name] }];
  for await (const { ResourceTagMappingList = [] } of paginateGetResources({ client }, { TagFilters }))
    for (const { ResourceARN = "", Tags = [] } of ResourceTagMappingList) {
      // arn:aws:ec2:ca-central-1:111111111111:vpc/vpc-1
      const [kind = "", id = ""] = ResourceARN.split(":").slice(5).join(":").split("/");
      found.push({ kind, id, tags: Object.fromEntries(Tags.map(({ Key = "", Value }) => [Key, Value])) });
    }
  return found;
}

/** No two resources of an environment share all tags within a kind. */
const isPlanned = (one: TaggedResource, kind: Text, values: PlannedResource["values"]) =>
  one.kind === kind &&
  Object.entries(values["tags_all"] ?? {}).every(([key, value]) => one.tags[key] === value);

/** Several killed deployments can leave several resources; then none is taken. */
const singleId = (found: readonly TaggedResource[]) => (found.length === 1 ? found[0]?.id : undefined);

async function triggerOf(functionName: string, settings: ClientSettings): Promise<Text> {
  const found = await new LambdaClient(settings)
    .send(new ListEventSourceMappingsCommand({ FunctionName: functionName }))
    .catch((error: unknown) => {
      if (error instanceof ResourceNotFoundException) return { EventSourceMappings: [] };
      throw error;
    });
  return found.EventSourceMappings?.[0]?.UUID;
}

async function urlOf(queueName: string, settings: ClientSettings): Promise<Text> {
  try {
    return (await new SQSClient(settings).send(new GetQueueUrlCommand({ QueueName: queueName }))).QueueUrl;
  } catch (error) {
    if (error instanceof QueueDoesNotExist) return undefined;
    throw error;
  }
}
