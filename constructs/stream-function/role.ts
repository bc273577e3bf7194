import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import { Construct } from "constructs";
import type { TableName } from "../../messaging/tables.ts";
import { accountOf, policyDocument, type Statement, statementsFor } from "../policy.ts";
import type { Table } from "../table.ts";

export interface StreamFunctionRoleProps {
  readonly name: string;
  readonly functionName: string;
  readonly region: string;
  readonly tables: Readonly<Record<TableName, Table>>;
  readonly encryptionKeyArn: string | undefined;
  readonly logGroupArn: string;
  readonly deadLetterQueueArn: string;
}

/** The role that the stream function runs as, and all that it may do. */
export class StreamFunctionRole extends Construct {
  readonly arn: string;
  /** Has to be there before the function and its mapping: AWS checks both against it. */
  readonly policy: IamRolePolicy;

  constructor(scope: Construct, id: string, props: StreamFunctionRoleProps) {
    super(scope, id);
    const account = accountOf(props.tables.messages.arn);
    const role = new IamRole(this, "role", {
      name: props.name,
      description: `Runs ${props.functionName}`,
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
        ],
      }),
    });
    this.arn = role.arn;
    this.policy = new IamRolePolicy(this, "policy", {
      name: "stream-function",
      role: role.name,
      policy: policyDocument(
        ...statementsFor(["moveConversation"], props.tables),
        ...streamStatements(props),
        ...networkInterfaceStatements(`arn:aws:ec2:${props.region}:${account}`, functionArn(props, account)),
      ),
    });
  }
}

const functionArn = ({ region, functionName }: StreamFunctionRoleProps, account: string) =>
  `arn:aws:lambda:${region}:${account}:function:${functionName}`;

function streamStatements(props: StreamFunctionRoleProps): Statement[] {
  const { tables, encryptionKeyArn, region } = props;
  const statements: Statement[] = [
    {
      Sid: "ReadStream",
      Effect: "Allow",
      // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.Lambda.Tutorial.html
      Action: [
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
      ],
      Resource: tables.messages.streamArn,
    },
    {
      Sid: "SendDeadLetters",
      Effect: "Allow",
      Action: ["sqs:SendMessage"],
      Resource: props.deadLetterQueueArn,
    },
    {
      Sid: "WriteLogs",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: `${props.logGroupArn}:log-stream:*`,
    },
  ];
  if (encryptionKeyArn !== undefined)
    statements.push({
      Sid: "UseKeyThroughDynamodb",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:DescribeKey"],
      Resource: encryptionKeyArn,
      Condition: { StringEquals: { "kms:ViaService": `dynamodb.${region}.amazonaws.com` } },
    });
  return statements;
}

/**
 * What Lambda needs to put the function into the VPC, as AWS documents it; it describes on all resources since
 * EC2 knows no other way. The function's own code is denied what only Lambda has to do.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
function networkInterfaceStatements(ec2Arn: string, functionArn: string): Statement[] {
  const change = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
  ];
  const describe = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"];
  return [
    { Sid: "ChangeNetworkInterfaces", Effect: "Allow", Action: change, Resource: `${ec2Arn}:*/*` },
    { Sid: "DescribeNetworkInterfaces", Effect: "Allow", Action: describe, Resource: "*" },
    {
      Sid: "NotFromTheFunctionItself",
      Effect: "Deny",
      Action: [...change, ...describe],
      Resource: "*",
      Condition: { ArnEquals: { "lambda:SourceFunctionArn": functionArn } },
    },
  ];
}
