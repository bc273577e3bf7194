import { BackupVault } from "@cdktf/provider-aws/lib/backup-vault/index.js";
import { BackupVaultLockConfiguration } from "@cdktf/provider-aws/lib/backup-vault-lock-configuration/index.js";
import type { TerraformProvider } from "cdktf";
import { Construct } from "constructs";
import type { Environment } from "../../config/environment.ts";
import { EncryptionKey } from "../encryption-key.ts";
import { allow, type Statement } from "../policy.ts";

export interface EncryptedVaultProps {
  readonly name: string;
  /** Of the vault's key; starts with "alias/". */
  readonly keyAlias: string;
  /** Terraform refuses to destroy the vault and its key. */
  readonly preventDestroy: boolean;
  readonly lock: NonNullable<Environment["backups"]>["lock"];
  /** The roots of other accounts to whose vaults backups are copied. */
  readonly copiedToAccounts: readonly string[];
  /** Of the vault's region. Default: the stack's provider. */
  readonly provider?: TerraformProvider | undefined;
}

/** A vault for backups, encrypted with a key of its own, and its lock. */
export class EncryptedVault extends Construct {
  readonly arn: string;
  /** Terraform's reference to its name: it is there before what names it. */
  readonly name: string;
  readonly keyArn: string;

  constructor(scope: Construct, id: string, props: EncryptedVaultProps) {
    super(scope, id);
    const { name, keyAlias, preventDestroy, lock, copiedToAccounts, provider } = props;
    const ofRegion = provider && { provider };
    const key = new EncryptionKey(this, "key", {
      alias: keyAlias,
      description: "Encrypts the backups of Cruddur's messaging",
      preventDestroy,
      statements: copiedToAccounts.length === 0 ? [] : [allowCopies(copiedToAccounts)],
      provider,
    });
    const vault = new BackupVault(this, "vault", {
      ...ofRegion,
      name,
      kmsKeyArn: key.arn,
      lifecycle: { preventDestroy },
    });
    if (lock)
      new BackupVaultLockConfiguration(this, "lock", {
        ...ofRegion,
        backupVaultName: vault.name,
        minRetentionDays: lock.minimumDays,
        ...(lock.maximumDays !== undefined && { maxRetentionDays: lock.maximumDays }),
        // Without it, the lock is a governance lock.
        ...(lock.compliance && { changeableForDays: lock.compliance.graceDays }),
      });
    this.arn = vault.arn;
    this.name = vault.name;
    this.keyArn = key.arn;
  }
}

/**
 * Another account that gets copies has to read them.
 * https://docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html
 */
const allowCopies = (accounts: readonly string[]): Statement => ({
  ...allow("CopyToOtherAccounts", ["kms:Decrypt", "kms:DescribeKey"], "*"),
  Principal: { AWS: accounts },
});
