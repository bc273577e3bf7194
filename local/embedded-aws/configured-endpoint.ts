import { environmentFor, type EmbeddedAws } from "./embedded-aws.ts";

/** What it takes to use an AWS on one endpoint, whoever runs it. */
export type AwsEndpoint = Pick<EmbeddedAws, "endpoint" | "environmentFor">;

/** The AWS that `AWS_ENDPOINT_URL` names; it has to take a 12-digit access key for the account of that id. */
export function configuredEndpoint(): AwsEndpoint | undefined {
  const endpoint = process.env["AWS_ENDPOINT_URL"];
  return endpoint ? { endpoint, environmentFor: (account) => environmentFor(endpoint, account) } : undefined;
}
