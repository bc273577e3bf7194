import { BackupPlan } from "@cdktf/provider-aws/lib/backup-plan/index.js";
import { BackupSelection } from "@cdktf/provider-aws/lib/backup-selection/index.js";
import type { TerraformProvider } from "cdktf";
import { Construct } from "constructs";
import { foreignVaults, isVaultArn, makesBackups, vaultRegions } from "../../config/backup-regions.ts";
import type { Environment } from "../../config/environment.ts";
import { type Names, projectTags } from "../../config/names.ts";
import { accountOf, policyArn } from "../arn.ts";
import { addServiceRole } from "../service-role.ts";
import { backupPermissions } from "./backup-permissions.ts";
import { EncryptedVault } from "./backup-vault.ts";

export interface BackupsProps {
  readonly environment: Environment;
  readonly backups: NonNullable<Environment["backups"]>;
  readonly names: Names;
  readonly tableArns: readonly string[];
  /** The customer managed key of the tables. Default: they have another key. */
  readonly tableKeyArn?: string | undefined;
  /** Providers of the other regions, those with a vault for copies among them. */
  readonly providers: Readonly<Record<string, TerraformProvider>>;
}

/** AWS Backup of the tables: the vaults, and, where there are rules, the plan and the role that AWS Backup has. */
export class Backups extends Construct {
  readonly #props: BackupsProps;
  readonly #vault: EncryptedVault;
  /** The vaults of the other regions. */
  readonly #copies: Readonly<Record<string, EncryptedVault>>;

  constructor(scope: Construct, id: string, props: BackupsProps) {
    super(scope, id);
    this.#props = props;
    const { environment, providers } = props;
    this.#vault = this.#addVault("vault");
    this.#copies = Object.fromEntries(
      vaultRegions(environment).map((region) => [
        region,
        this.#addVault(`vault-${region}`, providers[region]),
      ]),
    );
    const roleArn = this.#addRole();
    if (makesBackups(environment)) this.#addPlan(roleArn);
  }

  #addVault(id: string, provider?: TerraformProvider): EncryptedVault {
    const { environment, backups, names } = this.#props;
    return new EncryptedVault(this, id, {
      name: names.backupVault,
      keyAlias: names.backupKeyAlias,
      preventDestroy: Object.values(environment.tables).some(({ preventDestroy }) => preventDestroy),
      lock: backups.lock,
      // Only what the own region's vault keeps is copied.
      copiedToAccounts: provider ? [] : [...new Set(foreignVaults(environment).map(rootOfAccount))],
      provider,
    });
  }

  /** Adds the role, and returns its ARN. It also restores, from the backups of before. */
  #addRole(): string {
    const { environment, names, tableArns, tableKeyArn } = this.#props;
    const account = accountOf(this.#vault.arn);
    const vaults = [this.#vault, ...Object.values(this.#copies)];
    return addServiceRole(this, {
      name: names.backupRole,
      description: "Backs up and restores the tables of Cruddur's messaging",
      permissionsBoundary: policyArn(names.permissionsBoundary, environment.region, account),
      service: "backup.amazonaws.com",
      condition: { StringEquals: { "aws:SourceAccount": account } },
      policyName: "backup",
      statements: backupPermissions({
        region: environment.region,
        account,
        tableArns,
        ownTables: Object.values(names.ownTables),
        vaultArns: [...vaults.map(({ arn }) => arn), ...foreignVaults(environment)],
        keyArns: [...(tableKeyArn === undefined ? [] : [tableKeyArn]), ...vaults.map(({ keyArn }) => keyArn)],
        keyRegions: [environment.region, ...Object.keys(this.#copies)],
      }),
    }).arn;
  }

  #addPlan(roleArn: string): void {
    const { environment, backups, names, tableArns } = this.#props;
    const plan = new BackupPlan(this, "plan", {
      name: names.backupPlan,
      rule: Object.entries(backups.rules).map(([ruleName, rule]) => {
        const lifecycle = {
          deleteAfter: rule.keepDays,
          ...(rule.coldStorageAfterDays !== undefined && { coldStorageAfter: rule.coldStorageAfterDays }),
        };
        return {
          ruleName,
          targetVaultName: this.#vault.name,
          schedule: `cron(${rule.cron})`,
          scheduleExpressionTimezone: rule.timezone ?? "Etc/UTC",
          lifecycle,
          recoveryPointTags: { ...environment.tags, ...projectTags(environment.name) },
          copyAction: (rule.copyTo ?? []).map((target) => ({
            destinationVaultArn: this.#vaultArn(target),
            lifecycle,
          })),
        };
      }),
    });
    new BackupSelection(this, "selection", {
      name: names.backupPlan,
      planId: plan.id,
      iamRoleArn: roleArn,
      resources: [...tableArns],
    });
  }

  #vaultArn(target: string): string {
    if (isVaultArn(target)) return target;
    const vault = this.#copies[target];
    if (!vault) throw new Error(`no vault in ${target}`);
    return vault.arn;
  }
}

/** The root of the account in the ARN of a vault. */
const rootOfAccount = (vaultArn: string): string => {
  const [arn, partition, , , account] = vaultArn.split(":");
  return `${arn}:${partition}:iam::${account}:root`;
};
