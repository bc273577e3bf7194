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

/** The execution role of the stream function, with its permissions. */
export class StreamFunctionRole extends Construct {
  readonly arn: string;
  /** The function and its event source mapping depend on it: AWS checks the permissions when it creates them. */
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
 * Permissions that Lambda needs to connect the function to the VPC. The describe actions support no narrower resource.
 * The function's own code is denied all of them.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
function networkInterfaceStatements(ec2Arn: string, functionArn: string): Statement[] {
  const changeActions = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
  ];
  const describeActions = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"];
  return [
    { Sid: "ChangeNetworkInterfaces", Effect: "Allow", Action: changeActions, Resource: `${ec2Arn}:*/*` },
    { Sid: "DescribeNetworkInterfaces", Effect: "Allow", Action: describeActions, Resource: "*" },
    {
      Sid: "NotFromTheFunctionItself",
      Effect: "Deny",
      Action: [...changeActions, ...describeActions],
      Resource: "*",
      Condition: { ArnEquals: { "lambda:SourceFunctionArn": functionArn } },
    },
  ];
}
