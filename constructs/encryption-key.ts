import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias/index.js";
import { KmsKeyPolicy } from "@cdktf/provider-aws/lib/kms-key-policy/index.js";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key/index.js";
import type { TerraformProvider } from "cdktf";
import { Construct } from "constructs";
import { rootOf } from "./arn.ts";
import type { Statement } from "./policy.ts";

export interface EncryptionKeyProps {
  /** Starts with "alias/". */
  readonly alias: string;
  readonly description: string;
  /** Terraform refuses to destroy the key. Data encrypted with a destroyed key is lost. */
  readonly preventDestroy: boolean;
  /** What the key's policy allows besides. Default: nothing. */
  readonly statements?: readonly Statement[];
  /** Of the key's region. Default: the stack's provider. */
  readonly provider?: TerraformProvider | undefined;
}

/**
 * A KMS key, rotated every year, with its policy and its alias. The account's IAM policies control its use, and the
 * statements of its policy.
 */
export class EncryptionKey extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: EncryptionKeyProps) {
    super(scope, id);
    const { statements = [], provider } = props;
    const ofRegion = provider && { provider };
    const key = new KmsKey(this, "key", {
      ...ofRegion,
      description: props.description,
      enableKeyRotation: true,
      // The maximum: a scheduled deletion can be cancelled until then.
      deletionWindowInDays: 30,
      tags: { Name: props.alias },
      lifecycle: { preventDestroy: props.preventDestroy },
    });
    const policy = keyPolicy(key.arn, statements);
    new KmsKeyPolicy(this, "policy", { ...ofRegion, keyId: key.keyId, policy });
    new KmsAlias(this, "alias", { ...ofRegion, name: props.alias, targetKeyId: key.keyId });
    this.arn = key.arn;
  }
}

/**
 * The policy that KMS gives every new key, to the letter, and what is allowed besides: so a key with no more than that
 * doesn't change when it gets it, and another policy is drift. Without it nobody could mend a wrong policy.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 */
const keyPolicy = (keyArn: string, statements: readonly Statement[]) =>
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
      ...statements,
    ],
  });
