import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { ACCOUNT } from "./messages-table.ts";
import { query } from "./query-protocol.ts";

const policyOf = (...statements: readonly object[]) =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

const iam = (aws: EmbeddedAws, account: string, parameters: Record<string, string>) =>
  query(aws, account, "iam", { Version: "2010-05-08", ...parameters });

/** Creates a role for a function, which may do these actions on every resource. */
export const createFunctionRole = (
  aws: EmbeddedAws,
  account: string,
  name: string,
  actions: readonly string[],
) => createServiceRole(aws, account, name, "lambda.amazonaws.com", actions);

/** Creates a role for a service, such as `lambda.amazonaws.com`, which may do these actions on every resource. */
export async function createServiceRole(
  aws: EmbeddedAws,
  account: string,
  RoleName: string,
  Service: string,
  actions: readonly string[],
): Promise<void> {
  const trust = { Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" };
  await iam(aws, account, { Action: "CreateRole", RoleName, AssumeRolePolicyDocument: policyOf(trust) });
  if (actions.length === 0) return;
  const PolicyDocument = policyOf({ Effect: "Allow", Action: actions, Resource: "*" });
  await iam(aws, account, { Action: "PutRolePolicy", RoleName, PolicyName: "allowed", PolicyDocument });
}

/** Creates a user with a policy of these statements. @returns the user's credentials. */
export async function createUser(aws: EmbeddedAws, UserName: string, ...statements: readonly object[]) {
  await iam(aws, ACCOUNT, { Action: "CreateUser", UserName });
  const PolicyDocument = policyOf(...statements);
  await iam(aws, ACCOUNT, { Action: "PutUserPolicy", UserName, PolicyName: "allowed", PolicyDocument });
  const key = await iam(aws, ACCOUNT, { Action: "CreateAccessKey", UserName });
  return {
    accessKeyId: /<AccessKeyId>(.*?)</.exec(key)?.[1] ?? "",
    secretAccessKey: /<SecretAccessKey>(.*?)</.exec(key)?.[1] ?? "",
  };
}
