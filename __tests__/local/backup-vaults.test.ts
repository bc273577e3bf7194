import {
  BackupClient,
  CreateBackupVaultCommand,
  DeleteBackupVaultAccessPolicyCommand,
  DeleteBackupVaultCommand,
  DeleteBackupVaultLockConfigurationCommand,
  DescribeBackupVaultCommand,
  DescribeRegionSettingsCommand,
  GetBackupVaultAccessPolicyCommand,
  ListBackupVaultsCommand,
  PutBackupVaultAccessPolicyCommand,
  PutBackupVaultLockConfigurationCommand,
  UpdateRegionSettingsCommand,
} from "@aws-sdk/client-backup";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { evaluateBackups } from "../../local/embedded-aws/backups.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { ACCOUNT, clientSettings } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";

const DAY = 86_400_000;

describeWith(["python"], "vaults of AWS Backup in the embedded AWS", () => {
  let aws: EmbeddedAws;
  let asShipped: EmbeddedAws;
  let backup: BackupClient;

  beforeAll(async () => {
    [aws, asShipped] = await Promise.all([
      startEmbeddedAws(),
      startEmbeddedAws({ without: ["backup-vaults", "backup-region-settings", "backup-evaluation"] }),
    ]);
    backup = new BackupClient(clientSettings(aws));
  });
  afterAll(async () => {
    await aws.stop();
    await asShipped.stop();
  });

  async function createVault(BackupVaultName: string) {
    await backup.send(new CreateBackupVaultCommand({ BackupVaultName }));
    return {
      describe: () => backup.send(new DescribeBackupVaultCommand({ BackupVaultName })),
      lock: (settings: object) =>
        backup.send(new PutBackupVaultLockConfigurationCommand({ BackupVaultName, ...settings })),
      unlock: () => backup.send(new DeleteBackupVaultLockConfigurationCommand({ BackupVaultName })),
      remove: () => backup.send(new DeleteBackupVaultCommand({ BackupVaultName })),
    };
  }

  test("a governance lock is described, changed and removed at any time", async () => {
    const vault = await createVault("governed");
    await vault.lock({ MinRetentionDays: 7, MaxRetentionDays: 30 });
    expect(await vault.describe()).toMatchObject({ Locked: true, MinRetentionDays: 7, MaxRetentionDays: 30 });
    await vault.lock({ MinRetentionDays: 1 });
    const changed = await vault.describe();
    expect([changed.MinRetentionDays, changed.MaxRetentionDays, changed.LockDate]).toEqual([
      1,
      undefined,
      undefined,
    ]);
    const { BackupVaultList } = await backup.send(new ListBackupVaultsCommand({}));
    expect(BackupVaultList).toContainEqual(
      expect.objectContaining({ BackupVaultName: "governed", Locked: true, NumberOfRecoveryPoints: 0 }),
    );
    await vault.unlock();
    expect((await vault.describe()).Locked).toBe(false);
  });

  test("a compliance lock can be changed and removed until its lock date, and never after", async () => {
    const [kept, removed] = [await createVault("compliant"), await createVault("reconsidered")];
    for (const vault of [kept, removed]) await vault.lock({ MinRetentionDays: 7, ChangeableForDays: 3 });
    const { LockDate } = await kept.describe();
    expect(Math.abs(Number(LockDate) - Date.now() - 3 * DAY)).toBeLessThan(60_000);
    await removed.unlock();
    await kept.lock({ MinRetentionDays: 8, ChangeableForDays: 3 });

    await evaluateBackups(aws, { account: ACCOUNT, at: new Date(Date.now() + 3 * DAY + 60_000) });
    const immutable = { name: "InvalidRequestException", message: expect.stringContaining("immutable") };
    await expect(kept.unlock()).rejects.toMatchObject(immutable);
    await expect(kept.lock({ MinRetentionDays: 1 })).rejects.toMatchObject(immutable);
    expect(await kept.describe()).toMatchObject({ Locked: true, MinRetentionDays: 8 });
  });

  test.each([
    [{ MinRetentionDays: 0 }, "MinRetentionDays must be between 1 and 36500"],
    [{ ChangeableForDays: 2 }, "ChangeableForDays must be between 3 and 36500"],
    [{ MinRetentionDays: 8, MaxRetentionDays: 7 }, "must not be more than MaxRetentionDays"],
  ])("a lock with %j is refused", async (settings, message) => {
    const vault = await createVault(`refused-${Object.values(settings).join("-")}`);
    await expect(vault.lock(settings)).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: expect.stringContaining(message),
    });
  });

  test("a vault's access policy is kept until it is deleted", async () => {
    const of = { BackupVaultName: "shared" };
    await createVault("shared");
    const read = () => backup.send(new GetBackupVaultAccessPolicyCommand(of));
    await expect(read()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await backup.send(new PutBackupVaultAccessPolicyCommand({ ...of, Policy: "{}" }));
    expect((await read()).Policy).toBe("{}");
    await backup.send(new DeleteBackupVaultAccessPolicyCommand(of));
    await expect(read()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("a vault without a key of its own has the one that AWS manages", async () => {
    const { EncryptionKeyArn } = await (await createVault("without-key")).describe();
    expect(EncryptionKeyArn).toContain(`arn:aws:kms:ca-central-1:${ACCOUNT}:key/`);
  });

  test("an empty vault can be deleted", async () => {
    const vault = await createVault("deleted");
    await vault.remove();
    await expect(vault.describe()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("the settings of a region are all described, and only those named are changed", async () => {
    const describe = () => backup.send(new DescribeRegionSettingsCommand({}));
    expect(await describe()).toMatchObject({
      ResourceTypeOptInPreference: { DynamoDB: true, EBS: true },
      ResourceTypeManagementPreference: { DynamoDB: true },
    });
    const ResourceTypeManagementPreference = { DynamoDB: false };
    await backup.send(
      new UpdateRegionSettingsCommand({
        ResourceTypeManagementPreference,
        ResourceTypeOptInPreference: { EBS: false },
      }),
    );
    expect(await describe()).toMatchObject({
      ResourceTypeOptInPreference: { DynamoDB: true, EBS: false },
      ResourceTypeManagementPreference: { DynamoDB: false, EFS: true },
    });
    const elsewhere = new BackupClient({ ...clientSettings(aws), region: "us-west-2" });
    expect(
      (await elsewhere.send(new DescribeRegionSettingsCommand({}))).ResourceTypeManagementPreference,
    ).toEqual({
      DynamoDB: true,
      EFS: true,
    });
  });

  test("as shipped, there is no lock, no policy and no setting", async () => {
    const shipped = new BackupClient(clientSettings(asShipped));
    const of = { BackupVaultName: "shipped" };
    await shipped.send(new CreateBackupVaultCommand(of));
    const refused = [
      shipped.send(new PutBackupVaultLockConfigurationCommand({ ...of, MinRetentionDays: 7 })),
      shipped.send(new PutBackupVaultAccessPolicyCommand({ ...of, Policy: "{}" })),
      shipped.send(new UpdateRegionSettingsCommand({ ResourceTypeOptInPreference: { DynamoDB: true } })),
    ];
    for (const answer of refused) await expect(answer).rejects.toThrow("No route for PUT");
    await expect(evaluateBackups(asShipped, { account: ACCOUNT })).rejects.toThrow(
      "doesn't evaluate backups",
    );
  });
});
