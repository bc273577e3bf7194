import { environmentFor, type EmbeddedAws } from "./embedded-aws.ts";

/** An endpoint that serves all AWS services, and the environment variables to use it. */
export type AwsEndpoint = Pick<EmbeddedAws, "endpoint" | "environmentFor">;

/** The endpoint in `AWS_ENDPOINT_URL`, if set. It must accept an account id as the access key of that account. */
export function configuredEndpoint(): AwsEndpoint | undefined {
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  return endpoint ? { endpoint, environmentFor: (account) => environmentFor(endpoint, account) } : undefined;
}
