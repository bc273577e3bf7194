import { BackupClient, CreateBackupVaultCommand } from "@aws-sdk/client-backup";
import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { expect, test } from "@jest/globals";
import { execa } from "execa";
import { projectFolder } from "../config/project-folder.ts";
import { startEmbeddedAws } from "../local/embedded-aws/start.ts";
import { BACKUP_ACTIONS, createBackupRole } from "./support/backups.ts";
import { ACCOUNT, clientSettings, createMessagesTable } from "./support/messages-table.ts";
import { deployedNames } from "./support/deployed-function.ts";
import { describeWith } from "./support/requirements.ts";

describeWith(["python", "aws"], "the runbook, and the page on backups", () => {
  test("have commands that work when they are pasted", async () => {
    const aws = await startEmbeddedAws();
    try {
      await createMessagesTable(aws, deployedNames.tables.messages);
      await new CloudWatchLogsClient(clientSettings(aws)).send(
        new CreateLogGroupCommand({ logGroupName: deployedNames.logGroup }),
      );
      const { backupVault, backupRole } = deployedNames;
      await new BackupClient(clientSettings(aws)).send(
        new CreateBackupVaultCommand({ BackupVaultName: backupVault }),
      );
      await createBackupRole(aws, backupRole, BACKUP_ACTIONS);
      const shown = async (file: string, command: string) => {
        const parameters = ["run.mjs", "docs/run-blocks.ts", file, "--with", "account"];
        const { exitCode, all } = await execa("node", parameters, {
          cwd: projectFolder,
          env: aws.environmentFor(ACCOUNT),
          reject: false,
          all: true,
        });
        expect([exitCode, all]).toEqual([0, expect.stringContaining(command)]);
        return all;
      };
      const ofRunbook = await shown("docs/runbook.md", "aws cloudwatch describe-alarms");
      expect(ofRunbook).toContain("AccountMaxReadCapacityUnits");
      const ofBackups = await shown("docs/backups.md", "aws backup put-backup-vault-access-policy");
      expect(ofBackups).toContain("backup-vault:cruddur-copies");
    } finally {
      await aws.stop();
    }
  }, 240_000);
});
