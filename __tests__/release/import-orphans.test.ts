import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { planImportingOrphans } from "../../release/import-orphans.ts";
import type { OrphanedResources } from "../../release/orphaned-resources.ts";
import type { SavedPlan } from "../../release/rollout-plan.ts";
import { TerraformError } from "../../terraform/terraform.ts";

test("what a killed deployment left is imported where the plan would make it again; not what is gone, or somebody else's", async () => {
  const folder = mkdtempSync(join(tmpdir(), "orphans-"));
  const changes = (actions: string[], ...addresses: string[]) =>
    addresses.map((address) => ({
      address,
      type: address.split(".")[0],
      change: { actions, before: { owner: address }, after: { name: `name of ${address}` } },
    }));
  const planOf = (resource_changes: unknown[]) => ({ json: { resource_changes } }) as unknown as SavedPlan;
  const all = ["aws_vpc.a", "aws_iam_role.b", "aws_subnet.c", "aws_dynamodb_table.d"];
  const imported: string[][] = [];
  const orphans: OrphanedResources = {
    find: (type, values) => Promise.resolve(type === "aws_subnet" ? undefined : (values["name"] as string)),
    belongsToEnvironment: (values) => (values as { owner: string }).owner !== "aws_dynamodb_table.d",
  };
  const saved = await planImportingOrphans(folder, orphans, () => {
    const file = join(folder, "adopted.tf.json");
    if (!existsSync(file)) return Promise.resolve(planOf(changes(["create"], ...all)));
    const blocks = JSON.parse(readFileSync(file, "utf8")) as { import: { to: string; id: string }[] };
    const addresses = blocks.import.map(({ to }) => to);
    imported.push(blocks.import.map(({ to, id }) => `${to} by ${id}`));
    if (addresses.includes("aws_iam_role.b"))
      return Promise.reject(
        new TerraformError('Cannot import non-existent remote object to "aws_iam_role.b"'),
      );
    const others = all.filter((address) => !addresses.includes(address));
    return Promise.resolve(planOf([...changes(["no-op"], ...addresses), ...changes(["create"], ...others)]));
  });
  expect(imported).toEqual([
    [
      "aws_vpc.a by name of aws_vpc.a",
      "aws_iam_role.b by name of aws_iam_role.b",
      "aws_dynamodb_table.d by name of aws_dynamodb_table.d",
    ],
    ["aws_vpc.a by name of aws_vpc.a", "aws_dynamodb_table.d by name of aws_dynamodb_table.d"],
    ["aws_vpc.a by name of aws_vpc.a"],
  ]);
  expect(saved.json.resource_changes).toHaveLength(4);
  rmSync(folder, { recursive: true });
});
