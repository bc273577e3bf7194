import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias/index.js";
import { KmsKeyPolicy } from "@cdktf/provider-aws/lib/kms-key-policy/index.js";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key/index.js";
import { Construct } from "constructs";
import { rootOf } from "./arn.ts";
import { allow, policyDocument } from "./policy.ts";

export interface EncryptionKeyProps {
  /** Starts with "alias/". */
  readonly alias: string;
  readonly description: string;
  /** Terraform refuses to destroy the key. Data encrypted with a destroyed key is lost. */
  readonly preventDestroy: boolean;
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
    // The text of KMS's own default, so that another one is drift. Without this statement nobody could mend a wrong policy:
    // https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    new KmsKeyPolicy(this, "policy", {
      keyId: key.keyId,
      policy: policyDocument({
        ...allow("IamPoliciesDecide", ["kms:*"], "*"),
        Principal: { AWS: rootOf(key.arn) },
      }),
    });
    new KmsAlias(this, "alias", { name: props.alias, targetKeyId: key.keyId });
    this.arn = key.arn;
  }
}
