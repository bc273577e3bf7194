import { Fn } from "cdktf";
import { partition } from "../config/regions.ts";

/** Services whose ARNs name no region. */
const GLOBAL_SERVICES = new Set(["iam"]);

/** What ARNs of an account and region begin with: `arnPrefix("sqs", …)` is "arn:aws:sqs:ca-central-1:111111111111". */
export const arnPrefix = (service: string, region: string, account: string): string =>
  `arn:${partition(region).name}:${service}:${GLOBAL_SERVICES.has(service) ? "" : region}:${account}`;

/** ARN of a customer managed policy of an account. */
export const policyArn = (name: string, region: string, account: string): string =>
  `${arnPrefix("iam", region, account)}:policy/${name}`;

/** ARN of a CloudWatch dashboard, which belongs to no region. */
export const dashboardArn = (name: string, region: string, account: string): string =>
  `arn:${partition(region).name}:cloudwatch::${account}:dashboard/${name}`;

/** The host of a service in a region, as in the condition key `kms:ViaService`: "dynamodb.ca-central-1.amazonaws.com". */
export const serviceHost = (service: string, region: string): string =>
  `${service}.${region}.${partition(region).dnsSuffix}`;

/** The account id in an ARN. */
export const accountOf = (arn: string): string => partOf(arn, 4);

/** ARN of a role without a path, of the account in another ARN. */
export const roleArn = (name: string, arn: string): string =>
  `arn:${partOf(arn, 1)}:iam::${accountOf(arn)}:role/${name}`;

/** The root of the account in an ARN: what it is allowed, the account's IAM policies can allow to others. */
export const rootOf = (arn: string): string => `arn:${partOf(arn, 1)}:iam::${accountOf(arn)}:root`;

const partOf = (arn: string, index: number) => Fn.element(Fn.split(":", arn), index) as string;
