import {
  BackupClient,
  CreateBackupPlanCommand,
  CreateBackupSelectionCommand,
  CreateBackupVaultCommand,
  DeleteRecoveryPointCommand,
  DescribeBackupVaultCommand,
  DescribeRecoveryPointCommand,
  GetBackupPlanCommand,
  ListTagsCommand,
  PutBackupVaultAccessPolicyCommand,
  PutBackupVaultLockConfigurationCommand,
  StartBackupJobCommand,
  StartRestoreJobCommand,
} from "@aws-sdk/client-backup";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { backUp, BACKUP_ACTIONS, createBackupRole, createVault, tableArn } from "../support/backups.ts";
import { createUser } from "../support/identities.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";

const ResourceArn = tableArn("messages");
const BackupVaultName = "vault";
const arnOf = (resource: string) => `arn:aws:backup:ca-central-1:${ACCOUNT}:${resource}`;
const allow = (Action: string | string[], Resource: string, Condition?: object) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition && { Condition }),
});

describeWith(["python"], "permissions of AWS Backup in the embedded AWS", () => {
  let aws: EmbeddedAws;
  let asShipped: EmbeddedAws;
  let root: BackupClient;
  let IamRoleArn: string;
  let RecoveryPointArn: string;
  let users = 0;

  beforeAll(async () => {
    [aws, asShipped] = await Promise.all([
      startEmbeddedAws(),
      startEmbeddedAws({ without: ["backup-permissions"] }),
    ]);
    root = new BackupClient(clientSettings(aws));
    IamRoleArn = await createBackupRole(aws, "backup", BACKUP_ACTIONS);
    await createMessagesTable(aws, "messages");
    await createVault(root, BackupVaultName);
    const RecoveryPointTags = { environment: "dev" };
    const job = await backUp(root, { BackupVaultName, ResourceArn, IamRoleArn, RecoveryPointTags });
    RecoveryPointArn = job.RecoveryPointArn ?? "";
  });
  afterAll(async () => {
    await aws.stop();
    await asShipped.stop();
  });

  /** A client of a new user with these permissions. */
  async function as(...statements: readonly object[]): Promise<BackupClient> {
    users += 1;
    return new BackupClient({
      ...clientSettings(aws),
      credentials: await createUser(aws, `user-${String(users)}`, ...statements),
    });
  }
  const denied = (action: string) => ({
    name: "AccessDeniedException",
    message: expect.stringContaining(`not authorized to perform: ${action} `),
  });

  test("a request is checked against its vault, its plan or its recovery point", async () => {
    const BackupPlan = {
      BackupPlanName: "plan",
      Rules: [{ RuleName: "daily", TargetBackupVaultName: "vault" }],
    };
    const { BackupPlanId = "" } = await root.send(new CreateBackupPlanCommand({ BackupPlan }));
    const user = await as(
      allow("backup:DescribeBackupVault", arnOf(`backup-vault:${BackupVaultName}`)),
      allow("backup:GetBackupPlan", arnOf(`backup-plan:${BackupPlanId}`)),
      allow(["backup:DescribeRecoveryPoint", "backup:ListTags"], RecoveryPointArn),
    );
    const nobody = await as(allow("backup:*", arnOf("backup-vault:other")));
    const point = { BackupVaultName, RecoveryPointArn };
    const requests = (client: BackupClient) => ({
      "backup:DescribeBackupVault": () => client.send(new DescribeBackupVaultCommand({ BackupVaultName })),
      "backup:GetBackupPlan": () => client.send(new GetBackupPlanCommand({ BackupPlanId })),
      "backup:DescribeRecoveryPoint": () => client.send(new DescribeRecoveryPointCommand(point)),
      "backup:ListTags": () => client.send(new ListTagsCommand({ ResourceArn: RecoveryPointArn })),
    });
    for (const request of Object.values(requests(user))) await request();
    for (const [action, request] of Object.entries(requests(nobody)))
      await expect(request()).rejects.toMatchObject(denied(action));
  });

  test("tags of a request and of a recovery point count, and so do the days of a lock", async () => {
    const user = await as(
      allow("backup:CreateBackupVault", "*", { StringEquals: { "aws:RequestTag/environment": "dev" } }),
      allow("backup-storage:MountCapsule", "*"),
      allow("backup:DescribeRecoveryPoint", "*", { StringEquals: { "aws:ResourceTag/environment": "dev" } }),
      allow("backup:PutBackupVaultLockConfiguration", "*", { Null: { "backup:ChangeableForDays": "true" } }),
    );
    const create = (BackupVaultTags: Record<string, string>) =>
      user.send(new CreateBackupVaultCommand({ BackupVaultName: "tagged", BackupVaultTags }));
    await expect(create({ environment: "prod" })).rejects.toMatchObject({ name: "AccessDeniedException" });
    await create({ environment: "dev" });
    await user.send(new DescribeRecoveryPointCommand({ BackupVaultName, RecoveryPointArn }));
    const lock = (days: object) =>
      user.send(new PutBackupVaultLockConfigurationCommand({ BackupVaultName: "tagged", ...days }));
    await lock({ MinRetentionDays: 1 });
    await expect(lock({ MinRetentionDays: 1, ChangeableForDays: 3 })).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
  });

  test("who gives AWS Backup a role needs permission to pass it", async () => {
    const actions = ["backup:StartBackupJob", "backup:StartRestoreJob", "backup:CreateBackupSelection"];
    const ofRecoveryPoint = await as(allow("backup:StartRestoreJob", arnOf("recovery-point:other")));
    const user = await as(allow(actions, "*"));
    const passRole = denied("iam:PassRole");
    const BackupSelection = { SelectionName: "tables", IamRoleArn, Resources: [ResourceArn] };
    const start = new StartBackupJobCommand({ BackupVaultName, ResourceArn, IamRoleArn });
    const restore = new StartRestoreJobCommand({ RecoveryPointArn, IamRoleArn, Metadata: {} });
    await expect(user.send(start)).rejects.toMatchObject(passRole);
    await expect(user.send(restore)).rejects.toMatchObject(passRole);
    await expect(ofRecoveryPoint.send(restore)).rejects.toMatchObject(denied("backup:StartRestoreJob"));
    await expect(
      user.send(new CreateBackupSelectionCommand({ BackupPlanId: "plan", BackupSelection })),
    ).rejects.toMatchObject(passRole);
    for (const [service, outcome] of [
      ["lambda.amazonaws.com", "AccessDeniedException"],
      ["backup.amazonaws.com", "started"],
    ] as const) {
      const condition = { StringEquals: { "iam:PassedToService": service } };
      const passing = await as(allow(actions, "*"), allow("iam:PassRole", IamRoleArn, condition));
      const answer = await passing.send(start).then(
        () => "started",
        (error: unknown) => (error as Error).name,
      );
      expect([service, answer]).toEqual([service, outcome]);
    }
  });

  test("who makes a vault needs backup-storage:MountCapsule, and to use the key", async () => {
    const { EncryptionKeyArn = "" } = await root.send(new DescribeBackupVaultCommand({ BackupVaultName }));
    const create = (user: BackupClient, name: string) =>
      user.send(new CreateBackupVaultCommand({ BackupVaultName: name, EncryptionKeyArn }));
    const mount = allow(["backup:CreateBackupVault", "backup-storage:MountCapsule"], "*");
    await expect(create(await as(allow("backup:CreateBackupVault", "*")), "unmounted")).rejects.toMatchObject(
      denied("backup-storage:MountCapsule"),
    );
    await expect(create(await as(mount), "without-key")).rejects.toMatchObject(denied("kms:CreateGrant"));
    const key = [
      "kms:CreateGrant",
      "kms:Decrypt",
      "kms:DescribeKey",
      "kms:GenerateDataKey",
      "kms:RetireGrant",
    ];
    await create(await as(mount, allow(key, EncryptionKeyArn)), "with-key");
  });

  test("the access policy of a vault counts for what is in it", async () => {
    const statement = { Effect: "Deny", Principal: "*", Action: "backup:DeleteRecoveryPoint", Resource: "*" };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await root.send(new PutBackupVaultAccessPolicyCommand({ BackupVaultName, Policy }));
    const user = await as(allow("backup:*", "*"));
    await expect(
      user.send(new DeleteRecoveryPointCommand({ BackupVaultName, RecoveryPointArn })),
    ).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  test("as shipped, a policy for one vault doesn't do, and anybody can pass a role", async () => {
    const shipped = new BackupClient({
      ...clientSettings(asShipped),
      credentials: await createUser(
        asShipped,
        "user",
        allow("backup:DescribeBackupVault", arnOf("backup-vault:vault")),
        allow("backup:StartBackupJob", "*"),
      ),
    });
    await createVault(new BackupClient(clientSettings(asShipped)), BackupVaultName);
    await expect(shipped.send(new DescribeBackupVaultCommand({ BackupVaultName }))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
    const role = await createBackupRole(asShipped, "backup", BACKUP_ACTIONS);
    await shipped.send(new StartBackupJobCommand({ BackupVaultName, ResourceArn, IamRoleArn: role }));
  });
});
