import { z } from "zod";
import { alarms, monitoring } from "./alarm-settings.ts";
import { analytics } from "./analytics-settings.ts";
import { isForPrivateNetworks, isNetworkAddress, PRIVATE_RANGE_FORM } from "./address-ranges.ts";
import { backups, restore } from "./backup-settings.ts";
import { bucketName } from "./bucket-name.ts";
import { cache } from "./cache-settings.ts";
import { oneOf, region, text, trueOrFalse, uniqueList, wholeNumber } from "./setting-types.ts";
import { table } from "./table-settings.ts";

/** Retention periods that CloudWatch Logs accepts, in days: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653,
] as const;

const zone = text(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'a zone like "ca-central-1a"');

const network = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({
      kind: z.literal("own"),
      /**
       * Address range of the VPC, private and not of another environment in the account; the private subnet of each zone gets a
       * sixteenth of it.
       * @change Replaces the VPC, its subnets and the endpoint: blocked. No data is in them, but the function stands still meanwhile.
       */
      cidr: text(/^(\d{1,3}\.){3}\d{1,3}\/(1[6-9]|2[0-4])$/, "an IPv4 range of size /16 to /24")
        .refine(isNetworkAddress, {
          error: "must begin at the first address of its range, each part 0 to 255",
          abort: true,
        })
        .refine(isForPrivateNetworks, { error: `must be ${PRIVATE_RANGE_FORM}` }),
      /**
       * Availability zones of the private subnets. Append new ones: the position determines the address range.
       * @change One more at the end: in place. Any other change replaces subnets, which hold no data.
       */
      zones: uniqueList(zone, 2, "zones").max(16, { error: "must be a list of at most 16 zones" }),
    }),
    z.strictObject({
      kind: z.literal("existing"),
      /**
       * The VPC that the function and the endpoint for DynamoDB are in.
       * @change Replaces the endpoint: blocked. No data is in it, but the function stands still meanwhile.
       */
      vpcId: text(/^vpc-[0-9a-f]{8,17}$/, 'a VPC id like "vpc-0123456789abcdef0"'),
      /**
       * Subnets of the function, in at least two zones.
       * @change In place.
       */
      subnetIds: uniqueList(text(/^subnet-[0-9a-f]{8,17}$/, "a subnet id"), 2, "subnet ids"),
      /**
       * Route tables of the function's and the application's subnets; they get the route to DynamoDB.
       * @change One more: in place. One less is blocked: its subnets no longer reach DynamoDB.
       */
      routeTableIds: uniqueList(text(/^rtb-[0-9a-f]{8,17}$/, "a route table id"), 1, "route table ids"),
    }),
  ],
  { error: 'must be "own" or "existing"' },
);

/** Limits: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
const trigger = z.strictObject({
  /**
   * False pauses the trigger; the stream keeps its records for 24 hours.
   * @change In place; false is blocked: records that wait for more than 24 hours are lost.
   */
  enabled: trueOrFalse,
  /**
   * Maximum number of records in one invocation.
   * @change In place.
   */
  batchSize: wholeNumber(1, 10_000, "records"),
  /**
   * How long Lambda gathers records before it invokes the function: a burst then moves the inboxes once, that much later
   * (docs/messaging.md has figures).
   * @change In place.
   */
  batchingWindowSeconds: wholeNumber(0, 300, "seconds"),
  /**
   * Batches of one shard that run concurrently; the messages of one conversation stay in order.
   * @change In place.
   */
  parallelizationFactor: wholeNumber(1, 10, "batches"),
  /**
   * Retries of a failed batch before it goes to the dead-letter queue.
   * @change In place.
   */
  maximumRetryAttempts: wholeNumber(0, 10_000, "retries"),
  /**
   * Age at which a record goes to the dead-letter queue; more than the batching window and two timeouts of the function.
   * A stream keeps records for 24 hours at most.
   * @change In place.
   */
  maximumRecordAgeSeconds: wholeNumber(60, 86_400, "seconds"),
  /**
   * Whether Lambda splits a failed batch in two before each retry, to isolate the records that fail.
   * @change In place; false needs care.
   */
  bisectBatchOnFunctionError: trueOrFalse,
  /**
   * How long the dead-letter queue keeps an entry.
   * @change In place; fewer days delete the older entries.
   */
  deadLetterRetentionDays: wholeNumber(1, 14, "days"),
});

const streamFunction = z.strictObject({
  /**
   * Memory of the function; its share of a processor grows with it.
   * @change In place.
   */
  memoryMegabytes: wholeNumber(128, 10_240, "MB"),
  /**
   * How long one invocation may take; Lambda then stops it, and the batch is retried.
   * @change In place.
   */
  timeoutSeconds: wholeNumber(5, 900, "seconds"),
  /**
   * How long CloudWatch keeps what the function logs.
   * @change In place; fewer days delete the older log events.
   */
  logRetentionDays: oneOf(...LOG_RETENTION_DAYS),
});

const githubEnvironment = text(/^[\w.-]{1,255}$/, "the name of a GitHub environment");

/** https://docs.github.com/en/actions/deployment/security-hardening-your-deployments/about-security-hardening-with-openid-connect */
const pipeline = z.strictObject({
  /**
   * The GitHub repository whose workflows may assume the roles.
   * @change In place, by `npm run bootstrap`.
   */
  repository: text(/^[\w.-]+\/[\w.-]+$/, 'a GitHub repository like "owner/name"'),
  /**
   * GitHub environments whose jobs may assume the plan role, which is read-only; include those that promote from this
   * environment.
   * @defaultValue the environment's name, and its name with "-plan"
   * @change In place, by `npm run bootstrap`.
   */
  planFrom: uniqueList(githubEnvironment, 1, "GitHub environments").optional(),
  /**
   * Whether to create the account's OIDC provider for GitHub or to use the existing one.
   * @defaultValue "own"
   * @change Refused by `npm run bootstrap` where it would delete the provider, which other roles of the account may use.
   */
  identityProvider: oneOf("own", "existing").optional(),
});

const tags = z
  .record(
    text(/^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u, 'a tag key of 1 to 128 characters, not "aws:…"'),
    text(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u, "a tag value of at most 256 characters"),
    { error: "must be at most 40 tags, with keys of 1 to 128 characters and values of at most 256" },
  )
  .refine((values) => Object.keys(values).length <= 40, { error: "must be at most 40 tags" });

/**
 * The settings of one environment. The tables' keys, indexes and stream are defined in `messaging/tables.ts`; they are
 * the same in every environment.
 */
export const environmentSchema = z.strictObject({
  /**
   * Short name; the literal's file and export have the same name.
   * @change Blocked: names that end in it are new names, so the tables would be replaced.
   */
  name: text(/^[a-z][a-z0-9]{1,15}$/, "2 to 16 small letters and digits, a letter first"),
  /**
   * The AWS region of everything, the state bucket included.
   * @change Impossible: Terraform no longer finds the state bucket. Add an environment in the other region, and move the data.
   */
  region: region("ca-central-1"),
  /**
   * Account id, 12 digits; every command and Terraform reject credentials of any other account. Required in a protected
   * environment.
   * @defaultValue the account of the first deployment, which is recorded in the state bucket
   * @change Nothing in AWS: only the credentials of this account are accepted from then on.
   */
  account: text(/^\d{12}$/, "an account id of 12 digits").optional(),
  /**
   * Suffix of every physical name, one of its own in the account. Use "" in an account of its own.
   * @defaultValue "-" and the environment's name
   * @change Replaces every resource, the tables with all their data included: blocked.
   */
  nameSuffix: text(
    /^(?=.{0,21}$)(-[a-z0-9]+)*$/,
    'empty, or "-" and 1 to 20 small letters and digits, with single "-" between them',
  ).optional(),
  /**
   * Whether the environment holds data that must not be lost. `account` must then be set, every table must have deletion
   * protection, `preventDestroy` and point-in-time recovery, and the deploy role can't delete tables or keys.
   * @change In place, by `npm run bootstrap`; the review still takes it for protected while its tables are.
   */
  protected: trueOrFalse,
  /**
   * Whether the environment has a VPC of its own or uses one that is there.
   * @change Replaces the network and the endpoint: blocked. No data is in them, but the function stands still meanwhile.
   */
  network,
  /** Both tables have the same settings. Their keys, indexes and streams are no settings: see `messaging/tables.ts`. */
  tables: z.strictObject({ messages: table("messages"), users: table("users") }),
  /**
   * Regions whose last replicas, or whose vault for backups, are removed: Terraform, and the pipeline's roles, reach such a
   * region until they are gone.
   * @defaultValue none
   * @change Nothing in AWS. Take a region out once they are removed.
   */
  formerRegions: uniqueList(region("us-east-1"), 1, "regions").optional(),
  /** The event source mapping from the stream of the messages table to the function. */
  trigger,
  /** The stream function. */
  function: streamFunction,
  /**
   * AWS Backup of the tables, for longer than point-in-time recovery, and for outside the region or the account. To begin with
   * it, run `npm run bootstrap` before the deployment; to end it, after.
   */
  backups: backups.optional(),
  /** The role of who restores tables, and with `pipeline` that of the restore drill. Without it, an administrator restores. */
  restore: restore.optional(),
  /**
   * A DAX cluster, from which the reads that bear it are answered. To begin with it, run `npm run bootstrap` before the
   * deployment; to end it, after.
   */
  cache: cache.optional(),
  /**
   * A daily export of the messages table, over which Athena runs SQL. To begin with it, run `npm run bootstrap` before the
   * deployment; to end it, after.
   */
  analytics: analytics.optional(),
  /** CloudWatch alarms, 0.10 dollars a month each: docs/runbook.md says what each means. */
  alarms,
  /** A dashboard, and metrics for it. */
  monitoring: monitoring.optional(),
  /** The GitHub repository that may deploy. Without it, no roles for a pipeline are created. */
  pipeline: pipeline.optional(),
  /**
   * Tags of every resource, in addition to `environment`, `service` and `Name`.
   * @defaultValue none
   * @change In place.
   */
  tags: tags.optional(),
  /** Location of the Terraform state. */
  state: z.strictObject({
    /**
     * S3 bucket, created by `npm run bootstrap`; the name must be unique in all of AWS.
     * @change Never: the state stays in the old bucket, and from an empty one Terraform would create everything a second time.
     */
    bucket: bucketName,
  }),
});

/** An environment as written in its file, not yet validated. */
export type EnvironmentLiteral = z.input<typeof environmentSchema>;

/** A validated environment. */
export type Environment = Readonly<z.output<typeof environmentSchema>>;

/** Settings of a table in one environment. */
export type TableSettings = Environment["tables"]["messages"];
