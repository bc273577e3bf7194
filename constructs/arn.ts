import { partition } from "@aws-sdk/core/client";

/** Services whose ARNs name no region. */
const GLOBAL_SERVICES = new Set(["iam"]);

/** What ARNs of an account and region begin with: `arnPrefix("sqs", …)` is "arn:aws:sqs:ca-central-1:111111111111". */
export const arnPrefix = (service: string, region: string, account: string): string =>
  `arn:${partition(region).name}:${service}:${GLOBAL_SERVICES.has(service) ? "" : region}:${account}`;

/** The host of a service in a region, as in the condition key `kms:ViaService`: "dynamodb.ca-central-1.amazonaws.com". */
export const serviceHost = (service: string, region: string): string =>
  `${service}.${region}.${partition(region).dnsSuffix}`;
