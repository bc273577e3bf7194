import { z } from "zod";
import { keyAttributes, tableShapes, type TableName } from "../messaging/tables.ts";
import { uniqueList, trueOrFalse, oneOf, text, wholeNumber } from "./setting-types.ts";

/** What CloudWatch Logs accepts, in days: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653,
] as const;

const billing = z.discriminatedUnion(
  "mode",
  [
    z.strictObject({
      mode: z.literal("on-demand"),
      /** Most read units a second that the table, and each of its indexes, may use. Default: no limit. */
      maximumReadUnits: wholeNumber(1, 40_000, "read units a second").optional(),
      /** Most write units a second that the table, and each of its indexes, may use. Default: no limit. */
      maximumWriteUnits: wholeNumber(1, 40_000, "write units a second").optional(),
    }),
    z.strictObject({
      mode: z.literal("provisioned"),
      /** Read units a second of the table, and the same again of each of its indexes. */
      readUnits: wholeNumber(1, 40_000, "read units a second"),
      /** Write units a second of the table, and the same again of each of its indexes. */
      writeUnits: wholeNumber(1, 40_000, "write units a second"),
    }),
  ],
  { error: 'must be "on-demand" or "provisioned"' },
);

const table = (name: TableName) =>
  z.strictObject({
    /** How capacity is paid for. DynamoDB allows four switches to on-demand in 24 hours. */
    billing,
    /** DynamoDB refuses DeleteTable, whoever asks. */
    deletionProtection: trueOrFalse,
    /** Terraform refuses any plan that destroys or replaces the table. */
    preventDestroy: trueOrFalse,
    /** How far back the table can be restored to any second, 1 to 35 days, or "off". */
    pointInTimeRecoveryDays: z.union([z.literal("off"), wholeNumber(1, 35, "days")], {
      error: 'must be 1 to 35, or "off"',
    }),
    /**
     * Whose key encrypts the table: this environment's own KMS key (rotated every year), the account's
     * `aws/dynamodb` key, or one that AWS owns. Changing it re-encrypts the table in place.
     */
    encryption: oneOf("customer-managed", "aws-managed", "aws-owned"),
    /** Number attribute, seconds since 1970, after which DynamoDB deletes an item. Default: items never expire. */
    timeToLiveAttribute: text(/^.{1,255}$/, "an attribute name of 1 to 255 characters")
      .refine((attribute) => !keyAttributes(tableShapes[name]).has(attribute), {
        error: "must not be a key of the table or of one of its indexes",
      })
      .optional(),
  });

const network = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      kind: z.literal("own"),
      /** Address range of the VPC; each zone gets a private subnet of a sixteenth of it. */
      cidr: text(/^(\d{1,3}\.){3}\d{1,3}\/(1[6-9]|2[0-4])$/, "an IPv4 range of size /16 to /24").refine(
        isNetworkAddress,
        { error: "must begin at the first address of its range, each part 0 to 255" },
      ),
      /** Availability zones of the private subnets, two to sixteen. New ones at the end: a subnet's range goes by its place. */
      zones: uniqueList(text(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'a zone like "ca-central-1a"'), 2, "zones").max(
        16,
        {
          error: "must be a list of at most 16 zones",
        },
      ),
    }),
    z.strictObject({
      kind: z.literal("existing"),
      vpcId: text(/^vpc-[0-9a-f]{8,17}$/, 'a VPC id like "vpc-0123456789abcdef0"'),
      /** Where the function runs; in at least two zones. */
      subnetIds: uniqueList(text(/^subnet-[0-9a-f]{8,17}$/, "a subnet id"), 2, "subnet ids"),
      /** Route tables that get the route to DynamoDB: those of the function's subnets and of the application's. */
      routeTableIds: uniqueList(text(/^rtb-[0-9a-f]{8,17}$/, "a route table id"), 1, "route table ids"),
    }),
  ],
  { error: 'must be "own" or "existing"' },
);

/** Limits: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
const trigger = z.strictObject({
  /** Off pauses the trigger; the stream keeps what waits for 24 hours. */
  enabled: trueOrFalse,
  /** Most records in one invocation. */
  batchSize: wholeNumber(1, 10_000, "records"),
  /** How long Lambda gathers records before it invokes. */
  batchingWindowSeconds: wholeNumber(0, 300, "seconds"),
  /** Batches of one shard handled side by side; the messages of one conversation stay in order. */
  parallelizationFactor: wholeNumber(1, 10, "batches"),
  /** How often a failing batch is tried again before it goes to the dead-letter queue. */
  maximumRetryAttempts: wholeNumber(0, 10_000, "retries"),
  /** Age at which a waiting record goes to the dead-letter queue. A stream keeps no record beyond 24 hours. */
  maximumRecordAgeSeconds: wholeNumber(60, 86_400, "seconds"),
  /** A failing batch is split in two, until what fails stands alone. */
  bisectBatchOnFunctionError: trueOrFalse,
  /** How long the dead-letter queue keeps what could not be processed. */
  deadLetterRetentionDays: wholeNumber(1, 14, "days"),
});

const streamFunction = z.strictObject({
  memoryMegabytes: wholeNumber(128, 10_240, "MB"),
  timeoutSeconds: wholeNumber(5, 900, "seconds"),
  logRetentionDays: oneOf(...LOG_RETENTION_DAYS),
});

const alarms = z.strictObject({
  /** Age of the oldest waiting record at which the trigger counts as stopped. */
  iteratorAgeSeconds: wholeNumber(60, 86_400, "seconds"),
  /** SNS topics that are told of an alarm and of its end. Default: nobody is told. */
  notifyTopicArns: uniqueList(
    text(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/, "the ARN of an SNS topic"),
    0,
    "SNS topics",
  ).optional(),
});

/** https://docs.github.com/en/actions/deployment/security-hardening-your-deployments/about-security-hardening-with-openid-connect */
const pipeline = z.strictObject({
  /** The GitHub repository whose workflows may take the roles. */
  repository: text(/^[\w.-]+\/[\w.-]+$/, 'a GitHub repository like "owner/name"'),
  /**
   * GitHub environments whose jobs may take the plan role, which changes nothing; those that promote from this
   * environment belong here. Default: this environment, and its name with "-plan".
   */
  planFrom: uniqueList(
    text(/^[\w.-]{1,255}$/, "the name of a GitHub environment"),
    1,
    "GitHub environments",
  ).optional(),
  /** Whether the account's OIDC provider for GitHub is made here, or there already. Default: "own". */
  identityProvider: oneOf("own", "existing").optional(),
});

const tags = z
  .record(
    text(/^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u, 'a tag key of 1 to 128 characters, not "aws:…"'),
    text(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u, "a tag value of at most 256 characters"),
  )
  .refine((given) => Object.keys(given).length <= 40, { error: "must be at most 40 tags" });

/**
 * One environment: where it is, and how what is in it is run. What a table *is* stands in `messaging/tables.ts`
 * and is the same everywhere.
 */
export const environmentSchema = z.strictObject({
  /** Short name; the literal's file and its export are named for it. */
  name: text(/^[a-z][a-z0-9]{1,15}$/, "2 to 16 small letters and digits, a letter first"),
  region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region like "ca-central-1"'),
  /** Twelve digits; Terraform then refuses every other account. Default: whichever account the credentials are of. */
  account: text(/^\d{12}$/, "an account id of 12 digits").optional(),
  /** Ends every physical name. Default: "-" and the environment's name; "" where the account is its own. */
  nameSuffix: text(
    /^(-[a-z0-9-]{1,20})?$/,
    'empty, or "-" and 1 to 20 small letters, digits and "-"',
  ).optional(),
  /** Holds data that must not be lost: both guards and point-in-time recovery are then required of each table. */
  protected: trueOrFalse,
  network,
  tables: z.strictObject({ messages: table("messages"), users: table("users") }),
  trigger,
  function: streamFunction,
  alarms,
  /** Who may deploy from a pipeline. Default: no roles are made, and people deploy. */
  pipeline: pipeline.optional(),
  /** Put on every resource, beside `environment` and `service`. Default: none. */
  tags: tags.optional(),
  /** Where Terraform keeps its state. */
  state: z.strictObject({
    /** S3 bucket that `npm run bootstrap` makes; the name is unique in all of AWS. */
    bucket: text(
      /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
      'a bucket name of 3 to 63 small letters, digits and "-"',
    ),
  }),
});

/** An environment as its literal says it. */
export type EnvironmentLiteral = z.input<typeof environmentSchema>;

/** An environment that has passed the schema and holds no contradiction. */
export type Environment = Readonly<z.output<typeof environmentSchema>>;

/** How a table is run in one environment. */
export type TableSettings = Environment["tables"]["messages"];

function isNetworkAddress(cidr: string): boolean {
  const [address = "", size = ""] = cidr.split("/");
  const parts = address.split(".").map(Number);
  const value = parts.reduce((sum, part) => sum * 256 + part, 0);
  return parts.every((part) => part <= 255) && value % 2 ** (32 - Number(size)) === 0;
}
