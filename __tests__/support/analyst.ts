import { type EmbeddedAws, region } from "../../local/embedded-aws/embedded-aws.ts";
import type { Credentials } from "./pipeline-account.ts";
import { query } from "./query-protocol.ts";

/** Takes a role as the root user of its account, and returns the environment variables with its credentials. */
export async function takeRole(aws: EmbeddedAws, account: string, role: string): Promise<Credentials> {
  const answer = await query(aws, account, "sts", {
    Action: "AssumeRole",
    Version: "2011-06-15",
    RoleArn: `arn:aws:iam::${account}:role/${role}`,
    RoleSessionName: "analyst",
  });
  const field = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(answer)?.[1];
  return {
    ...aws.environmentFor(account),
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: field("AccessKeyId"),
    AWS_SECRET_ACCESS_KEY: field("SecretAccessKey"),
    AWS_SESSION_TOKEN: field("SessionToken"),
  };
}
