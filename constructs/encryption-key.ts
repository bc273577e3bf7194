import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias/index.js";
import { KmsKeyPolicy } from "@cdktf/provider-aws/lib/kms-key-policy/index.js";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key/index.js";
import { Construct } from "constructs";
import { rootOf } from "./arn.ts";
import type { Statement } from "./policy.ts";

export interface EncryptionKeyProps {
  /** Starts with "alias/". */
  readonly alias: string;
  readonly description: string;
  /** Terraform refuses to destroy the key. Data encrypted with a destroyed key is lost. */
  readonly preventDestroy: boolean;
  /** What its policy allows to AWS services, besides what the account's IAM policies allow. Default: nothing */
  readonly alsoAllowed?: readonly Statement[];
}

/** A KMS key, rotated every year, with its policy and its alias. The account's IAM policies control its use. */
export class EncryptionKey extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: EncryptionKeyProps) {
    super(scope, id);
    const key = new KmsKey(this, "key", {
      description: props.description,
      enableKeyRotation: true,
      // The maximum: a scheduled deletion can be cancelled until then.
      deletionWindowInDays: 30,
      tags: { Name: props.alias },
      lifecycle: { preventDestroy: props.preventDestroy },
    });
    new KmsKeyPolicy(this, "policy", { keyId: key.keyId, policy: keyPolicy(key.arn, props.alsoAllowed) });
    new KmsAlias(this, "alias", { name: props.alias, targetKeyId: key.keyId });
    this.arn = key.arn;
  }
}

/**
 * The policy that KMS gives every new key, to the letter, with what else is allowed: so the key doesn't change when it gets
 * the default one, and another policy is drift. Without it nobody could mend a wrong policy.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 */
const keyPolicy = (keyArn: string, alsoAllowed: readonly Statement[] = []) =>
  JSON.stringify({
    Version: "2012-10-17",
    Id: "key-default-1",
    Statement: [
      {
        Sid: "Enable IAM User Permissions",
        Effect: "Allow",
        Principal: { AWS: rootOf(keyArn) },
        Action: "kms:*",
        Resource: "*",
      },
      ...alsoAllowed,
    ],
  });
