import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";

/**
 * Calls an action over the Query protocol. Terraform's provider uses it for CloudWatch and IAM; the AWS SDK for
 * CloudWatch no longer does.
 *
 * @param parameters flat names, such as `AlarmActions.member.1`
 * @returns the response's XML
 * @throws Error if the response's status isn't 200
 */
export async function query(
  aws: EmbeddedAws,
  account: string,
  service: "monitoring" | "iam" | "sns" | "sts",
  parameters: Record<string, string>,
): Promise<string> {
  const scope = `${account}/20260101/ca-central-1/${service}/aws4_request`;
  const response = await fetch(aws.endpoint, {
    method: "POST",
    // The embedded AWS doesn't check the signature of an account's root user.
    headers: {
      Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
      "X-Amz-Date": "20260101T000000Z",
    },
    body: new URLSearchParams(parameters),
  });
  const xml = await response.text();
  if (!response.ok) throw new Error(`${parameters["Action"] ?? ""}: ${response.status} ${xml}`);
  return xml;
}
