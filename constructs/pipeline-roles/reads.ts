import { stateBucketKeys } from "../../config/names.ts";
import { allow, type Statement } from "../policy.ts";
import { GITHUB_TOKEN_HOST, type RoleScope } from "./role-scope.ts";

/**
 * What a plan has to read, and the lock that it takes: the state, the releases and their evidence, and what each
 * resource is. Never an item of a table, nor anything that a key of the tables encrypts.
 */
export function readStatements(roleScope: RoleScope): Statement[] {
  return [...stateStatements(roleScope), ...describeByName(roleScope), ...describeAll(roleScope)];
}

/**
 * What a plan of the bootstrap stack itself reads, of the state bucket and of the roles: a review looks at that stack
 * too. A deployment doesn't.
 */
export function bootstrapReadStatements({
  environment,
  names,
  account,
  stateBucketArn,
}: RoleScope): Statement[] {
  const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;
  return [
    allow("ReadBootstrapState", ["s3:GetObject"], `${stateBucketArn}/${stateBucketKeys.bootstrap}`),
    allow(
      "DescribeBucket",
      [
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
      ],
      stateBucketArn,
    ),
    allow(
      "DescribePipelineRoles",
      ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
      [role(names.planRole), role(names.deployRole)],
    ),
    ...(environment.pipeline?.identityProvider === "existing"
      ? []
      : [
          allow(
            "DescribeIdentityProvider",
            ["iam:GetOpenIDConnectProvider"],
            `arn:aws:iam::${account}:oidc-provider/${GITHUB_TOKEN_HOST}`,
          ),
        ]),
  ];
}

/** The object that locks the state while it is in use. */
const LOCK_FILE = `${stateBucketKeys.messaging}.tflock`;

function stateStatements({ stateBucketArn, stateKeyArn }: RoleScope): Statement[] {
  return [
    allow("ListState", ["s3:ListBucket"], stateBucketArn),
    allow(
      "ReadState",
      ["s3:GetObject"],
      [`${stateBucketArn}/${stateBucketKeys.messaging}`, `${stateBucketArn}/${stateBucketKeys.releases}*`],
    ),
    allow("Lock", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], `${stateBucketArn}/${LOCK_FILE}`),
    allow("UseStateKey", ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], stateKeyArn),
  ];
}

function describeByName({ names, arn, account }: RoleScope): Statement[] {
  const tables = Object.values(names.tables).map((name) => `${arn("dynamodb")}:table/${name}`);
  return [
    allow(
      "DescribeTables",
      [
        "dynamodb:DescribeContinuousBackups",
        "dynamodb:DescribeTable",
        "dynamodb:DescribeTimeToLive",
        "dynamodb:ListTagsOfResource",
      ],
      tables,
    ),
    allow(
      "DescribeFunction",
      [
        "lambda:GetFunction",
        "lambda:GetFunctionCodeSigningConfig",
        "lambda:GetFunctionConfiguration",
        "lambda:ListTags",
        "lambda:ListVersionsByFunction",
      ],
      `${arn("lambda")}:function:${names.streamFunction}`,
    ),
    allow(
      "DescribeRole",
      ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
      `arn:aws:iam::${account}:role/${names.streamFunctionRole}`,
    ),
    allow(
      "DescribeQueue",
      ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"],
      `${arn("sqs")}:${names.deadLetterQueue}`,
    ),
    allow("DescribeLogTags", ["logs:ListTagsForResource"], `${arn("logs")}:log-group:${names.logGroup}`),
    allow(
      "DescribeAlarmTags",
      ["cloudwatch:ListTagsForResource"],
      `${arn("cloudwatch")}:alarm:${names.streamFunction}-*`,
    ),
    allow("DescribeAlarms", ["cloudwatch:DescribeAlarms"], `${arn("cloudwatch")}:alarm:*`),
  ];
}

/** Resources whose ids AWS draws, and lists that it knows no narrower resource for. */
function describeAll({ arn }: RoleScope): Statement[] {
  return [
    allow("DescribeLogGroups", ["logs:DescribeLogGroups"], `${arn("logs")}:log-group:*`),
    allow(
      "DescribeMappings",
      ["lambda:GetEventSourceMapping", "lambda:ListTags"],
      `${arn("lambda")}:event-source-mapping:*`,
    ),
    allow(
      "DescribeKeys",
      ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"],
      `${arn("kms")}:key/*`,
    ),
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
    allow(
      "DescribeNetworkAndLists",
      [
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribePrefixLists",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeVpcEndpoints",
        "ec2:DescribeVpcs",
        "kms:ListAliases",
        // What a killed deployment left is found by its tags, and by the function that it invokes.
        "lambda:ListEventSourceMappings",
        "tag:GetResources",
      ],
      "*",
    ),
  ];
}
