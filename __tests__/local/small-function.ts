import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { ACCOUNT, clientSettings } from "../support/messages-table.ts";
import { query } from "../support/query-protocol.ts";

/** Actions that Lambda needs to read a stream for a function. */
export const streamReads = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"];

/**
 * Creates a function with one file and its own role.
 *
 * @param source a CommonJS module that exports `handler`
 * @param allowed actions that its role may do on every resource. Default: none.
 */
export async function createFunction(
  aws: EmbeddedAws,
  name: string,
  source: string,
  allowed: readonly string[] = [],
): Promise<void> {
  const iam = (Action: string, parameters: Record<string, string>) =>
    query(aws, ACCOUNT, "iam", { Action, Version: "2010-05-08", RoleName: name, ...parameters });
  const trust = { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" };
  await iam("CreateRole", { AssumeRolePolicyDocument: policy(trust) });
  if (allowed.length > 0) {
    const PolicyDocument = policy({ Effect: "Allow", Action: allowed, Resource: "*" });
    await iam("PutRolePolicy", { PolicyName: "allowed", PolicyDocument });
  }
  await new LambdaClient(clientSettings(aws)).send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: "nodejs22.x",
      Role: `arn:aws:iam::${ACCOUNT}:role/${name}`,
      Handler: "index.handler",
      Timeout: 10,
      Code: { ZipFile: zipSync({ "index.js": strToU8(source) }) },
    }),
  );
}

function policy(statement: object): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
}
