import type { Environment } from "../../config/environment.ts";
import type { Names } from "../../config/names.ts";
import { accountOf, arnPrefix, policyArn } from "../arn.ts";
import { allow, type Statement } from "../policy.ts";
import type { StateBucket } from "../state-bucket.ts";

/** Host that issues the OIDC tokens of GitHub Actions jobs. */
export const OIDC_HOST = "token.actions.githubusercontent.com";

/** What shows a role and its policies. */
export const DESCRIBE_ROLE = [
  "iam:GetRole",
  "iam:GetRolePolicy",
  "iam:ListAttachedRolePolicies",
  "iam:ListRolePolicies",
];

/** What shows a key. */
export const DESCRIBE_KEY = [
  "kms:DescribeKey",
  "kms:GetKeyPolicy",
  "kms:GetKeyRotationStatus",
  "kms:ListResourceTags",
];

/** What shows a bucket and its settings. */
export const DESCRIBE_BUCKET = [
  "s3:GetAccelerateConfiguration",
  "s3:GetBucketAcl",
  "s3:GetBucketCORS",
  "s3:GetBucketLocation",
  "s3:GetBucketLogging",
  "s3:GetBucketObjectLockConfiguration",
  "s3:GetBucketOwnershipControls",
  "s3:GetBucketPolicy",
  "s3:GetBucketPublicAccessBlock",
  "s3:GetBucketRequestPayment",
  "s3:GetBucketTagging",
  "s3:GetBucketVersioning",
  "s3:GetBucketWebsite",
  "s3:GetEncryptionConfiguration",
  "s3:GetLifecycleConfiguration",
  "s3:GetReplicationConfiguration",
];

/** The environment that the pipeline roles have access to. */
export interface RoleScope {
  readonly environment: Environment;
  readonly names: Names;
  readonly account: string;
  /** ARN prefix of a service in the environment's account and region (IAM has none): `arn("sqs")` is "arn:aws:sqs:…:…". */
  readonly arn: (service: string) => string;
  /** ARN of the permissions boundary, which every role of the messaging stack must have. */
  readonly boundaryArn: string;
  readonly stateBucketArn: string;
  readonly stateKeyArn: string;
}

/** Resources are named as the messaging stack names them: the bootstrap makes the roles before it makes those. */
export function roleScope(environment: Environment, names: Names, state: StateBucket): RoleScope {
  const account = accountOf(state.keyArn);
  const arn = (service: string) => arnPrefix(service, environment.region, account);
  return {
    environment,
    names,
    account,
    arn,
    boundaryArn: policyArn(names.permissionsBoundary, environment.region, account),
    stateBucketArn: state.arn,
    stateKeyArn: state.keyArn,
  };
}

/** The condition that a resource has the environment's tag. */
export const hasEnvironmentTag = ({ environment }: RoleScope) => ({
  "aws:ResourceTag/environment": environment.name,
});

/** The ARNs of the environment's tables, in its region. */
export const tableArns = ({ names, arn }: RoleScope): string[] =>
  Object.values(names.tables).map((name) => `${arn("dynamodb")}:table/${name}`);

/** Permission to create the role that a service has in the account, which is created when the service is first used. */
export const makeServiceLinkedRole = (
  Sid: string,
  service: string,
  role: string,
  { arn }: RoleScope,
): Statement =>
  allow(Sid, ["iam:CreateServiceLinkedRole"], `${arn("iam")}:role/aws-service-role/${service}/${role}`, {
    StringEquals: { "iam:AWSServiceName": service },
  });
