import type { PlannedCases } from "../planned-cases.ts";
import { changed } from "./changed.ts";

const expiring = (rest: object, filter: object = { prefix: "" }) => ({
  rule: [{ id: "expiry", status: "Enabled", filter, ...rest }],
});
const bucket = { expected_bucket_owner: "111111111111" };
const images = (countNumber: number, tagStatus = "any") => ({
  policy: JSON.stringify({
    rules: [
      {
        rulePriority: 1,
        selection: { tagStatus, countType: "imageCountMoreThan", countNumber },
        action: { type: "expire" },
      },
    ],
  }),
});

const keep = changed("expiry");

/** What AWS deletes by itself, or earlier than before. */
export const expiryCases: PlannedCases = {
  "objects that expire": keep("aws_s3_bucket_lifecycle_configuration", {
    with: { bucket: "objects", ...bucket },
    from: expiring({ expiration: { days: 90 } }),
    to: expiring({ expiration: { days: 30 } }),
    finds: "blocked/care The lifecycle of a bucket that exists of",
    harmless: expiring({ expiration: { days: 365 } }, { prefix: "logs/" }),
  }),
  "objects of another prefix": keep("aws_s3_bucket_lifecycle_configuration", {
    with: { bucket: "prefixes", ...bucket },
    from: expiring({ expiration: { days: 90 } }, { prefix: "logs/" }),
    to: expiring({ expiration: { days: 90 } }),
    finds: "blocked/care The lifecycle of a bucket that exists of",
    harmless: expiring({ expiration: { days: 90 } }, { prefix: "logs/2020/" }),
  }),
  "objects that expire on a day": keep("aws_s3_bucket_lifecycle_configuration", {
    with: { bucket: "days", ...bucket },
    from: expiring({ abort_incomplete_multipart_upload: { days_after_initiation: 7 } }),
    to: expiring({ expiration: { date: "2030-01-01T00:00:00Z" } }),
    finds: "blocked/care The lifecycle of a bucket that exists of",
    harmless: expiring({ abort_incomplete_multipart_upload: { days_after_initiation: 1 } }),
  }),
  "a rule that is enabled": keep("aws_s3_bucket_lifecycle_configuration", {
    with: { bucket: "rules", ...bucket },
    from: { rule: [{ ...expiring({ expiration: { days: 90 } }).rule[0], status: "Disabled" }] },
    to: expiring({ expiration: { days: 90 } }),
    finds: "blocked/care The lifecycle of a bucket that exists of",
    harmless: { rule: [{ ...expiring({ expiration: { days: 30 } }).rule[0], status: "Disabled" }] },
  }),
  "former versions that expire": keep("aws_s3_bucket_lifecycle_configuration", {
    with: { bucket: "former", ...bucket },
    from: expiring({ noncurrent_version_expiration: { noncurrent_days: 90, newer_noncurrent_versions: 5 } }),
    to: expiring({ noncurrent_version_expiration: { noncurrent_days: 90, newer_noncurrent_versions: 1 } }),
    finds: "blocked/care The lifecycle of a bucket that exists of",
    harmless: expiring({
      noncurrent_version_expiration: { noncurrent_days: 90, newer_noncurrent_versions: 6 },
    }),
  }),
  "a new lifecycle": {
    rule: "expiry",
    type: "aws_s3_bucket_lifecycle_configuration",
    beside: { "aws_s3_bucket.full": { bucket: "full" } },
    harmful: { bucket: "full", ...expiring({ expiration: { days: 90 } }) },
    finds: "blocked/care The lifecycle of a bucket that exists of",
    harmless: {
      bucket: "${aws_s3_bucket.empty.id}",
      ...expiring({ expiration: { days: 90 } }),
    },
    withHarmless: { "aws_s3_bucket.empty": { bucket: "empty" } },
  },
  "images that expire": keep("aws_ecr_lifecycle_policy", {
    with: { repository: "images" },
    from: images(30),
    to: images(10),
    finds: "care/care The lifecycle of a repository of",
    harmless: images(40),
  }),
  "records of a stream": keep("aws_kinesis_stream", {
    with: { name: "records", shard_count: 1 },
    from: { retention_period: 168 },
    to: { retention_period: 24 },
    finds: "blocked/care The time for which data is kept of records is lowered from 168 to 24 hours.",
    harmless: { retention_period: 192 },
  }),
  "a video": keep("aws_kinesis_video_stream", {
    with: { name: "video" },
    from: { data_retention_in_hours: 48 },
    to: { data_retention_in_hours: 24 },
    finds: "blocked/care The time for which data is kept of video is lowered from 48 to 24 hours.",
    harmless: { tags: { team: "messaging" } },
  }),
  "a series": keep("aws_timestreamwrite_table", {
    with: { database_name: "series", table_name: "temperatures" },
    from: {
      retention_properties: {
        magnetic_store_retention_period_in_days: 365,
        memory_store_retention_period_in_hours: 24,
      },
    },
    to: {
      retention_properties: {
        magnetic_store_retention_period_in_days: 30,
        memory_store_retention_period_in_hours: 24,
      },
    },
    finds: "blocked/care The time for which data is kept of",
    harmless: {
      retention_properties: {
        magnetic_store_retention_period_in_days: 366,
        memory_store_retention_period_in_hours: 24,
      },
    },
  }),
  "events of the account": keep("aws_cloudtrail_event_data_store", {
    with: { name: "kept-events" },
    from: { retention_period: 365 },
    to: { retention_period: 90 },
    finds: "blocked/care The time for which data is kept of kept-events is lowered from 365 to 90 days.",
    harmless: { retention_period: 366 },
  }),
  "an archive of events": keep("aws_cloudwatch_event_archive", {
    with: { name: "archive", event_source_arn: "arn:aws:events:ca-central-1:111111111111:event-bus/default" },
    from: { retention_days: 0 },
    to: { retention_days: 365 },
    finds: "blocked/care The time for which data is kept of archive is limited to 365 days, from no limit.",
    harmless: { description: "All events" },
  }),
  "messages of a queue": keep("aws_sqs_queue", {
    with: { name: "letters" },
    from: { message_retention_seconds: 1_209_600 },
    to: { message_retention_seconds: 345_600 },
    finds:
      "care/care The time for which messages are kept of letters is lowered from 1209600 to 345600 seconds.",
    harmless: { message_retention_seconds: 604_800 },
  }),
};
