import { BackupClient, DescribeBackupVaultCommand } from "@aws-sdk/client-backup";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { DeployedCode, type Resources } from "../support/deployed-code.ts";
import { ACCOUNT, clientSettings } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";

interface Settings {
  readonly lock?: { readonly min_retention_days: number; readonly max_retention_days?: number };
  readonly keepDays?: number;
  /** Whether another account may copy into the vault. */
  readonly shared?: boolean;
}

const policyOf = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });

/** Every type that `DescribeRegionSettings` returns: a plan with fewer is never empty. */
const TYPES = [
  ...[
    "Aurora",
    "CloudFormation",
    "DocumentDB",
    "DynamoDB",
    "EBS",
    "EC2",
    "EFS",
    "EKS",
    "FSx",
    "Neptune",
    "RDS",
  ],
  ...["Redshift", "S3", "SAP HANA on Amazon EC2", "Storage Gateway", "Timestream", "VirtualMachine"],
];

/** A vault with its lock and policy, a plan for a table and the settings of the region. */
function code({ lock, keepDays = 120, shared = false }: Settings): Resources {
  const backup_vault_name = "${aws_backup_vault.vault.name}";
  const role = {
    name: "backup",
    assume_role_policy: policyOf({
      Effect: "Allow",
      Principal: { Service: "backup.amazonaws.com" },
      Action: "sts:AssumeRole",
    }),
  };
  const plan = {
    name: "plan",
    rule: [
      {
        rule_name: "daily",
        target_vault_name: backup_vault_name,
        schedule: "cron(0 5 * * ? *)",
        schedule_expression_timezone: "America/Toronto",
        lifecycle: { cold_storage_after: 30, delete_after: keepDays },
        copy_action: [
          {
            destination_vault_arn: `arn:aws:backup:us-west-2:${ACCOUNT}:backup-vault:vault`,
            lifecycle: { delete_after: keepDays },
          },
        ],
      },
    ],
    tags: { environment: "dev" },
  };
  const statement = {
    Effect: "Allow",
    Principal: { AWS: "arn:aws:iam::222222222222:root" },
    Action: "backup:CopyIntoBackupVault",
    Resource: "*",
  };
  return {
    aws_kms_key: { key: { description: "backups" } },
    aws_iam_role: { role },
    aws_backup_vault: { vault: { name: "vault", kms_key_arn: "${aws_kms_key.key.arn}" } },
    aws_backup_plan: { plan },
    aws_backup_selection: {
      selection: {
        name: "tables",
        plan_id: "${aws_backup_plan.plan.id}",
        iam_role_arn: "${aws_iam_role.role.arn}",
        resources: [`arn:aws:dynamodb:ca-central-1:${ACCOUNT}:table/backed-up`],
      },
    },
    aws_backup_region_settings: {
      region: {
        resource_type_opt_in_preference: Object.fromEntries(TYPES.map((type) => [type, true])),
        resource_type_management_preference: { DynamoDB: true, EFS: true },
      },
    },
    ...(lock && { aws_backup_vault_lock_configuration: { lock: { backup_vault_name, ...lock } } }),
    ...(shared && {
      aws_backup_vault_policy: { policy: { backup_vault_name, policy: policyOf(statement) } },
    }),
  };
}

describeWith(["python", "terraform"], "Terraform and AWS Backup in the embedded AWS", () => {
  let aws: EmbeddedAws;
  let deployed: DeployedCode;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    deployed = await DeployedCode.start(aws);
  });
  afterAll(async () => {
    await deployed.remove();
    await aws.stop();
  });

  test("whatever is deployed, changed and switched off, the plan afterwards is empty", async () => {
    for (const settings of [
      { lock: { min_retention_days: 7, max_retention_days: 365 }, shared: true },
      { lock: { min_retention_days: 14 }, keepDays: 150, shared: true },
      {},
    ])
      expect([settings, await deployed.deploy(code(settings))]).toEqual([
        settings,
        { before: true, after: false },
      ]);

    await deployed.destroy();
    const backup = new BackupClient(clientSettings(aws, ACCOUNT));
    await expect(backup.send(new DescribeBackupVaultCommand({ BackupVaultName: "vault" }))).rejects.toThrow(
      "does not exist",
    );
  }, 600_000);
});
