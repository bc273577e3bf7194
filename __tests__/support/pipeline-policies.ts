import { expect } from "@jest/globals";
import type { Resource, Synthesized } from "./synthesized.ts";

/** A policy of a pipeline role. */
export interface PipelinePolicy {
  /** For example "cruddur-messaging-pipeline-reads". */
  readonly name: string;
  /** The roles that it is attached to. */
  readonly roles: readonly ("plan" | "deploy")[];
  /** Its text in AWS. */
  readonly text: string;
}

/** The id of the state's key, where an expression stands for it. */
export const STATE_KEY_ID = "00000000-0000-4000-8000-000000000000";

/** Every policy of a synthesized bootstrap stack that is attached to a role, as it is in an account. */
export function pipelinePolicies(stack: Synthesized, account: string): PipelinePolicy[] {
  const attached = stack.ofType("aws_iam_role_policy_attachment").map(({ path }) => path.split("/").at(-1));
  return stack.ofType("aws_iam_policy").map((policy) => {
    const subject = policy.path.split("/").at(-1) ?? "";
    const roles = (["plan", "deploy"] as const).filter((role) => attached.includes(`${role}-${subject}`));
    return { name: policy.values["name"] as string, roles, text: policyText(stack, policy, account) };
  });
}

/** The text of a policy, with Terraform's expressions replaced by what they are in an account. */
export function policyText(stack: Synthesized, policy: Resource, account: string): string {
  const bucket = stack.one("aws_s3_bucket")["bucket"] as string;
  const text = (policy.values["policy"] as string)
    .replaceAll(/\$\{element\([^}]*\}/g, account)
    .replaceAll(/\$\{aws_kms_key[^}]*\}/g, `arn:aws:kms:ca-central-1:${account}:key/${STATE_KEY_ID}`)
    .replaceAll(/\$\{aws_s3_bucket[^}]*\}/g, `arn:aws:s3:::${bucket}`);
  expect(text).not.toContain("${");
  return text;
}
