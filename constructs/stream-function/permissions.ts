import type { TableName } from "../../messaging/tables.ts";
import { arnPrefix, serviceHost } from "../arn.ts";
import { allow, type Statement, statementsFor, type TableArns } from "../policy.ts";

/** What the stream function uses. */
export interface StreamFunctionResources {
  readonly functionName: string;
  readonly region: string;
  readonly account: string;
  readonly tables: Readonly<Record<TableName, TableArns>>;
  readonly streamArn: string;
  readonly logGroupArn: string;
  readonly deadLetterQueueArn: string;
  /** The key of the tables. Default: AWS's own, which needs no permission. */
  readonly encryptionKeyArn?: string | undefined;
}

/** What the function's own code does. */
export const codePermissions = ({ tables, logGroupArn }: StreamFunctionResources): Statement[] => [
  ...statementsFor(["moveConversation"], tables),
  allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], `${logGroupArn}:log-stream:*`),
];

/** What Lambda does in the name of the function's role, outside of the function's code. */
export function lambdaPermissions(resources: StreamFunctionResources): Statement[] {
  const statements = [
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.Lambda.Tutorial.html
    allow(
      "ReadStream",
      ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"],
      resources.streamArn,
    ),
    allow("SendDeadLetters", ["sqs:SendMessage"], resources.deadLetterQueueArn),
  ];
  if (resources.encryptionKeyArn !== undefined)
    statements.push(
      allow("UseKeyThroughDynamodb", ["kms:Decrypt", "kms:DescribeKey"], resources.encryptionKeyArn, {
        StringEquals: { "kms:ViaService": serviceHost("dynamodb", resources.region) },
      }),
    );
  return [...statements, ...networkInterfacePermissions(resources)];
}

/** The condition that a request comes from the code of the function, or writes its logs. */
export const fromTheFunction = ({ functionName, region, account }: StreamFunctionResources) => ({
  // https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
  ArnEquals: {
    "lambda:SourceFunctionArn": `${arnPrefix("lambda", region, account)}:function:${functionName}`,
  },
});

/**
 * Permissions that Lambda needs to connect the function to the VPC. The describe actions support no narrower resource.
 * The function's own code is denied all of them.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
function networkInterfacePermissions(resources: StreamFunctionResources): Statement[] {
  const { region, account } = resources;
  const changeActions = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
  ];
  const describeActions = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"];
  const ec2 = arnPrefix("ec2", region, account);
  return [
    allow("ChangeNetworkInterfaces", changeActions, `${ec2}:*/*`),
    allow("DescribeNetworkInterfaces", describeActions, "*"),
    {
      Sid: "NotFromTheFunctionItself",
      Effect: "Deny",
      Action: [...changeActions, ...describeActions],
      Resource: "*",
      Condition: fromTheFunction(resources),
    },
  ];
}
