import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateBackupCommand,
  DescribeTableCommand,
  DynamoDBClient,
  RestoreTableFromBackupCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { environmentSchema, type EnvironmentLiteral } from "../../../config/environment.ts";
import { namesOf, restoredTable, stackNames } from "../../../config/names.ts";
import { bootstrapEnvironment, deployEnvironment } from "../../../local/deploy.ts";
import type { EmbeddedAws } from "../../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import { messageItem } from "../../../messaging/items.ts";
import { terraformCliConfig } from "../../../terraform/provider-mirror.ts";
import { stackFolder } from "../../../terraform/synthesize.ts";
import { deployInto, synthesizeFor } from "../../support/deploy-environment.ts";
import { devLiteral } from "../../support/environments.ts";
import { ACCOUNT, clientSettings } from "../../support/messages-table.ts";
import { describeWith } from "../../support/requirements.ts";
import { putPair, rowsOf } from "../../support/rows.ts";
import { until } from "../../support/until.ts";

const names = namesOf(environmentSchema.parse(devLiteral));
const copy = restoredTable(names.ownTables.messages, new Date("2026-03-01T10:00:30Z"));
const switched: EnvironmentLiteral = {
  ...devLiteral,
  tables: { ...devLiteral.tables, messages: { ...devLiteral.tables.messages, restoredName: copy } },
};
const time = (minute: number) => `2026-03-01T10:0${minute}:00.000000Z`;

/** docs/runbook.md#switch-to-a-restored-table */
describeWith(["terraform", "python"], "an environment that is switched to a restored table", () => {
  const output = mkdtempSync(join(tmpdir(), "switched-table-test-"));
  let aws: EmbeddedAws;
  let client: DynamoDBDocumentClient;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    synthesizeFor(aws, devLiteral, output);
    await deployInto(aws, ACCOUNT, "dev", output);
    client = DynamoDBDocumentClient.from(new DynamoDBClient(clientSettings(aws)));
  }, 600_000);
  afterAll(async () => {
    await aws.stop();
    rmSync(output, { recursive: true });
  });

  const terraform = (...parameters: string[]) =>
    execa("terraform", parameters, {
      cwd: stackFolder(stackNames("dev").messaging, output),
      env: { ...aws.environmentFor(ACCOUNT), TF_CLI_CONFIG_FILE: terraformCliConfig() },
    });

  test("moves conversations in the copy from then on, and leaves the former table as it was", async () => {
    const former = { client, tableName: names.tables.messages };
    await putPair(former, "conversation", ["a", "b"], time(0));
    const backup = { TableName: former.tableName, BackupName: "before" };
    const { BackupDetails } = await client.send(new CreateBackupCommand(backup));
    const BackupArn = BackupDetails?.BackupArn;
    await client.send(new RestoreTableFromBackupCommand({ BackupArn, TargetTableName: copy }));
    const waiter = { client: new DynamoDBClient(clientSettings(aws)), maxWaitTime: 60 };
    await waitUntilTableExists(waiter, { TableName: copy });

    const run = {
      environment: "dev",
      output,
      env: aws.environmentFor(ACCOUNT),
      logFile: join(output, "log"),
    };
    synthesizeFor(aws, switched, output);
    const address = "aws_dynamodb_table.messages-table_E0D1F6EA";
    await bootstrapEnvironment(run);
    await terraform("state", "rm", address);
    await terraform("import", "-input=false", address, copy);
    expect(await deployEnvironment(run)).toBe(true);

    const sender = { uuid: "a", displayName: "A", handle: "a" };
    const Item = messageItem({
      uuid: "m",
      conversationUuid: "conversation",
      createdAt: time(1),
      text: time(1),
      sender,
    });
    await client.send(new PutCommand({ TableName: copy, Item }));
    const live = { client, tableName: copy };
    await until(async () => (await rowsOf(live, "b", "conversation")).join() === `${time(1)} ${time(1)}`);
    expect((await rowsOf(former, "b", "conversation")).join()).toBe(`${time(0)} text of ${time(0)}`);
    expect(await deployEnvironment(run)).toBe(false);
    const { Table } = await client.send(new DescribeTableCommand({ TableName: former.tableName }));
    expect(Table?.TableStatus).toBe("ACTIVE");
  }, 600_000);
});
