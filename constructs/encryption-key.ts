import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias/index.js";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key/index.js";
import { Construct } from "constructs";

export interface EncryptionKeyProps {
  /** Begins with "alias/". */
  readonly alias: string;
  readonly description: string;
  /** Terraform refuses to destroy the key: without it, what it encrypted is lost. */
  readonly preventDestroy: boolean;
}

/** A KMS key that AWS rotates every year, and its alias. Who may use it is for the account's IAM policies to say. */
export class EncryptionKey extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: EncryptionKeyProps) {
    super(scope, id);
    const key = new KmsKey(this, "key", {
      description: props.description,
      enableKeyRotation: true,
      // The longest time in which a scheduled deletion can be called off.
      deletionWindowInDays: 30,
      tags: { Name: props.alias },
      lifecycle: { preventDestroy: props.preventDestroy },
    });
    new KmsAlias(this, "alias", { name: props.alias, targetKeyId: key.keyId });
    this.arn = key.arn;
  }
}
