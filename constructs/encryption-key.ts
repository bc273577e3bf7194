import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias/index.js";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key/index.js";
import { Construct } from "constructs";

export interface EncryptionKeyProps {
  /** Starts with "alias/". */
  readonly alias: string;
  readonly description: string;
  /** Terraform refuses to destroy the key. Data encrypted with a destroyed key is lost. */
  readonly preventDestroy: boolean;
}

/** A KMS key, rotated every year, and its alias. The account's IAM policies control its use. */
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
    new KmsAlias(this, "alias", { name: props.alias, targetKeyId: key.keyId });
    this.arn = key.arn;
  }
}
