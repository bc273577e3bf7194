import { expect, test } from "@jest/globals";
import { runSimulation } from "@cloud-copilot/iam-simulate";
import { backupPermissions } from "../../../constructs/backup/backup-permissions.ts";
import { policyDocument } from "../../../constructs/policy.ts";

const account = "111111111111";
const KEY = `arn:aws:kms:ca-central-1:${account}:key/00000000-0000-4000-8000-000000000000`;

const policy: unknown = JSON.parse(
  policyDocument(
    ...backupPermissions({
      region: "ca-central-1",
      account,
      tableArns: [`arn:aws:dynamodb:ca-central-1:${account}:table/cruddur-messages`],
      ownTables: ["cruddur-messages"],
      vaultArns: [`arn:aws:backup:ca-central-1:${account}:backup-vault:cruddur-messaging`],
      keyArns: [KEY],
      keyRegions: ["ca-central-1"],
    }),
  ),
);

const forTheAccountToSay = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "kms:*", Resource: "*" },
  ],
};

/** Whether the role may use its key, through a service or directly. */
async function may(action: string, service?: string): Promise<boolean> {
  const result = await runSimulation(
    {
      request: {
        principal: `arn:aws:sts::${account}:assumed-role/cruddur-messaging-backup/service`,
        action,
        resource: { resource: KEY, accountId: account },
        contextVariables: service === undefined ? {} : { "kms:ViaService": service },
      },
      identityPolicies: [{ name: "backup", policy }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: forTheAccountToSay,
    },
    {},
  );
  if (result.resultType === "error") throw new Error(JSON.stringify(result.errors));
  return result.overallResult === "Allowed";
}

// As the statements KMSPermissions and KMSDynamoDBPermissions of AWSBackupServiceRolePolicyForBackup do.
test("AWS Backup may describe its keys, and use them only through DynamoDB and itself", async () => {
  expect(await may("kms:DescribeKey")).toBe(true);
  for (const action of ["kms:Decrypt", "kms:GenerateDataKey"]) {
    expect(await may(action, "dynamodb.ca-central-1.amazonaws.com")).toBe(true);
    expect(await may(action, "s3.ca-central-1.amazonaws.com")).toBe(false);
    expect(await may(action)).toBe(false);
  }
});
