import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import { Construct } from "constructs";
import type { TableName } from "../../messaging/tables.ts";
import { accountOf, allow, policyDocument, type Statement, statementsFor } from "../policy.ts";
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
    const role = new IamRole(this, "role", {
      name: props.name,
      description: `Runs ${props.functionName}`,
      assumeRolePolicy: policyDocument({
        Effect: "Allow",
        Principal: { Service: "lambda.amazonaws.com" },
        Action: "sts:AssumeRole",
      }),
    });
    this.arn = role.arn;
    this.policy = new IamRolePolicy(this, "policy", {
      name: "stream-function",
      role: role.name,
      policy: policyDocument(
        ...statementsFor(["moveConversation"], props.tables),
        ...streamStatements(props),
        ...networkInterfaceStatements(props),
      ),
    });
  }
}

function streamStatements(props: StreamFunctionRoleProps): Statement[] {
  const statements = [
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.Lambda.Tutorial.html
    allow(
      "ReadStream",
      ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"],
      props.tables.messages.streamArn,
    ),
    allow("SendDeadLetters", ["sqs:SendMessage"], props.deadLetterQueueArn),
    allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], `${props.logGroupArn}:log-stream:*`),
  ];
  if (props.encryptionKeyArn !== undefined)
    statements.push(
      allow("UseKeyThroughDynamodb", ["kms:Decrypt", "kms:DescribeKey"], props.encryptionKeyArn, {
        StringEquals: { "kms:ViaService": `dynamodb.${props.region}.amazonaws.com` },
      }),
    );
  return statements;
}

/**
 * Permissions that Lambda needs to connect the function to the VPC. The describe actions support no narrower resource.
 * The function's own code is denied all of them.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
function networkInterfaceStatements({ region, functionName, tables }: StreamFunctionRoleProps): Statement[] {
  const account = accountOf(tables.messages.arn);
  const changeActions = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
  ];
  const describeActions = ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"];
  return [
    allow("ChangeNetworkInterfaces", changeActions, `arn:aws:ec2:${region}:${account}:*/*`),
    allow("DescribeNetworkInterfaces", describeActions, "*"),
    {
      Sid: "NotFromTheFunctionItself",
      Effect: "Deny",
      Action: [...changeActions, ...describeActions],
      Resource: "*",
      Condition: {
        ArnEquals: {
          "lambda:SourceFunctionArn": `arn:aws:lambda:${region}:${account}:function:${functionName}`,
        },
      },
    },
  ];
}
