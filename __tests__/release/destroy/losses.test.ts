import { expect, test } from "@jest/globals";
import { deletedKeys, describeLosses } from "../../../release/destroy/losses.ts";
import { startEmbeddedAws } from "../../../local/embedded-aws/start.ts";
import { clientSettings, createMessagesTable } from "../../support/messages-table.ts";
import { describeWith } from "../../support/requirements.ts";

const key = {
  address: "aws_kms_key.key",
  mode: "managed",
  type: "aws_kms_key",
  name: "key",
  change: { actions: ["delete"], before: { key_id: "the-key", deletion_window_in_days: 7 } },
};

const table = (name: string, values: object) => ({
  address: `aws_dynamodb_table.${name}`,
  mode: "managed",
  type: "aws_dynamodb_table",
  name,
  change: { actions: ["delete"], before: { name, ...values } },
});

const recoverable = { point_in_time_recovery: [{ enabled: true }] };
const encrypted = { server_side_encryption: [{ kms_key_arn: "arn:aws:kms:x:1:key/the-key" }] };

test("a key says how long it can be brought back", () => {
  expect(deletedKeys([key])).toEqual([{ id: "the-key", waitingDays: 7 }]);
});

describeWith(["python"], "a table says whether it can be restored", () => {
  test("which its own key decides too", async () => {
    const aws = await startEmbeddedAws();
    try {
      for (const name of ["plain", "kept", "locked"]) await createMessagesTable(aws, name);
      const goes = [
        table("plain", encrypted),
        table("kept", recoverable),
        table("locked", { ...recoverable, ...encrypted }),
        key,
      ];
      const content = "about 0 items, 0 bytes, as AWS last counted";
      expect(await describeLosses(goes, clientSettings(aws))).toEqual([
        `table plain: ${content}; it can't be restored, since it has no point-in-time recovery`,
        `table kept: ${content}; it can be restored for 35 days, from the backup that AWS keeps`,
        `table locked: ${content}; it can be restored for 7 days, from the backup that AWS keeps, once the deletion of its key is cancelled`,
        "KMS key the-key: scheduled for deletion in 7 days, and of no use until that is cancelled",
        "the rest: nothing",
      ]);
    } finally {
      await aws.stop();
    }
  });
});
