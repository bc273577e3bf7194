import { BackupClient } from "@aws-sdk/client-backup";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import { refuseFilledVaults } from "../../../release/destroy/filled-vaults.ts";
import type { ResourceChangeJson } from "../../../terraform/plan-json.ts";
import { BACKUP_ACTIONS, backUp, createBackupRole, createVault, tableArn } from "../../support/backups.ts";
import { clientSettings, createMessagesTable } from "../../support/messages-table.ts";
import { describeWith } from "../../support/requirements.ts";

describeWith(["python"], "vaults that are to be destroyed", () => {
  let aws: EmbeddedAws;
  beforeAll(async () => {
    aws = await startEmbeddedAws();
  });
  afterAll(() => aws.stop());

  test("are refused where they have backups, by name and count, and not where they are empty", async () => {
    const backup = new BackupClient(clientSettings(aws));
    await createMessagesTable(aws, "messages");
    for (const name of ["empty", "filled"]) await createVault(backup, name);
    const IamRoleArn = await createBackupRole(aws, "backup", BACKUP_ACTIONS);
    await backUp(backup, { BackupVaultName: "filled", IamRoleArn, ResourceArn: tableArn("messages") });
    const goes = (name: string) =>
      [
        {
          type: "aws_backup_vault",
          change: {
            actions: ["delete"],
            before: { name, arn: `arn:aws:backup:ca-central-1:1:backup-vault:${name}` },
          },
        },
      ] as unknown as ResourceChangeJson[];
    await refuseFilledVaults("dev", goes("empty"), clientSettings(aws));
    await expect(refuseFilledVaults("dev", goes("filled"), clientSettings(aws))).rejects.toThrow(
      "dev is not destroyed, since AWS keeps a vault that has backups. Nothing was changed.\n  filled in ca-central-1: 1 backups",
    );
  });
});
