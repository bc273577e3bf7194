/** What functions use permissions for. */
export interface Use {
  readonly actions: readonly string[];
  /** What happens without them; the end of a sentence. */
  readonly without: string;
  /** Whether a function that an event source mapping invokes does nothing without them. */
  readonly isVital: boolean;
}

/** Lambda reads for the function what its event source mappings name. */
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

/** Lambda, or the function, sends what fails. */
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

/** Only functions in a VPC need it. */
export const NETWORK: Use = {
  actions: ["CreateNetworkInterface", "DeleteNetworkInterface", "DescribeNetworkInterfaces"].map(
    (name) => `ec2:${name}`,
  ),
  without: "it loses its connection to the VPC",
  isVital: false,
};

/** All uses, the most important first. */
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
  NETWORK,
];

/** Whether an action reads or writes items of a table. */
export const isDataAction = (action: string): boolean => DATA.some(({ actions }) => actions.includes(action));
