import type { Plan, ResourceChange } from "../plan/plan.ts";
import { blockOf, isUnknownOrHidden, textOf, textsOf, type Attributes } from "../plan/value.ts";
import type { Permission } from "../policy/loss.ts";

/** What functions use permissions for. */
export interface Use {
  readonly actions: readonly string[];
  /** What happens without them; the end of a sentence. */
  readonly without: string;
  /** Whether a function that an event source mapping invokes does nothing without them. */
  readonly isVital: boolean;
}

export const SOURCE: Use = {
  actions: [
    ...["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"].map((name) => `dynamodb:${name}`),
    ...["DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards", "SubscribeToShard"].map(
      (name) => `kinesis:${name}`,
    ),
    ...["DeleteMessage", "GetQueueAttributes", "ReceiveMessage"].map((name) => `sqs:${name}`),
  ],
  without: "Lambda can't read its stream or queue",
  isVital: true,
};

export const DESTINATION: Use = {
  actions: ["sqs:SendMessage", "sns:Publish"],
  without: "what it sends, and records that it can't process, are lost",
  isVital: false,
};

/** The actions on tables that pass through a VPC endpoint. */
const DATA: readonly Use[] = [
  {
    actions: [
      "BatchWriteItem",
      "ConditionCheckItem",
      "DeleteItem",
      "PartiQLDelete",
      "PartiQLInsert",
      "PartiQLUpdate",
      "PutItem",
      "TransactWriteItems",
      "UpdateItem",
    ].map((name) => `dynamodb:${name}`),
    without: "its writes fail",
    isVital: true,
  },
  {
    actions: ["BatchGetItem", "GetItem", "PartiQLSelect", "Query", "Scan"].map((name) => `dynamodb:${name}`),
    without: "its reads fail",
    isVital: false,
  },
];

export const USES: readonly Use[] = [
  SOURCE,
  ...DATA,
  DESTINATION,
  {
    actions: ["kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"],
    without: "what the key encrypts can't be read or written",
    isVital: true,
  },
  {
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    without: "nothing that it logs is kept",
    isVital: false,
  },
  {
    actions: ["CreateNetworkInterface", "DeleteNetworkInterface", "DescribeNetworkInterfaces"].map(
      (name) => `ec2:${name}`,
    ),
    without: "it loses its connection to the VPC",
    isVital: false,
  },
];

export const isDataAction = (action: string): boolean => DATA.some(({ actions }) => actions.includes(action));

/** The event source mappings that invoke a function, before or after. */
export const mappingsOf = (
  { before, after, address }: ResourceChange,
  plan: Plan,
): readonly ResourceChange[] => {
  const names = [before, after].flatMap((state) => [textOf(state, "function_name"), textOf(state, "arn")]);
  return plan.ofType("aws_lambda_event_source_mapping").filter((mapping) =>
    [mapping.before, mapping.after].some((state) => {
      const name = textOf(state, "function_name") ?? textOf(state, "function_arn");
      if (name !== undefined) return names.includes(name);
      return plan.references.get(mapping.address, "function_name").includes(address);
    }),
  );
};

/** What a function's mappings read, and where they and the function send what fails. */
export interface Wiring {
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
  /** Whether some of it is known only after apply. */
  readonly isUnknown: boolean;
}

/** The wiring of a function on one side of a plan. */
export function wiringOf(fn: ResourceChange, plan: Plan, side: "before" | "after"): Wiring {
  const mappings = mappingsOf(fn, plan).flatMap((mapping) => mapping[side] ?? []);
  const onFailure = (mapping: Attributes) => blockOf(blockOf(mapping, "destination_config"), "on_failure");
  const deadLetters = blockOf(fn[side], "dead_letter_config");
  return {
    sources: mappings.flatMap((mapping) => textOf(mapping, "event_source_arn") ?? []),
    destinations: [
      ...mappings.flatMap((mapping) => textOf(onFailure(mapping), "destination_arn") ?? []),
      ...[textOf(deadLetters, "target_arn") ?? []].flat(),
    ],
    isUnknown: mappings.some((mapping) => isUnknownOrHidden(mapping["event_source_arn"])),
  };
}

/** Whether a function runs in a VPC, and so calls AWS through its endpoints. */
export const isInVpc = ({ after }: ResourceChange): boolean =>
  textsOf(blockOf(after, "vpc_config"), "subnet_ids").length > 0;
