import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { projectFolder } from "../../config/project-folder.ts";
import { allRules } from "../../review/rules/all-rules.ts";
import { dataTypes } from "../../review/rules/data-types.ts";
import { HARMLESS } from "../../review/rules/harmless.ts";
import { PURPOSES } from "../../review/rules/twin.ts";
import { makeOffline } from "../../terraform/offline.ts";
import { pinnedProviderVersion, terraformCliConfig } from "../../terraform/provider-mirror.ts";
import { init } from "../../terraform/terraform.ts";
import { describeWith } from "../support/requirements.ts";

interface Block {
  readonly attributes?: Readonly<Record<string, { readonly nested_type?: Block }>>;
  readonly block_types?: Readonly<Record<string, { readonly block: Block }>>;
}

describeWith(["terraform"], "the attributes that the review knows", () => {
  const folder = mkdtempSync(join(tmpdir(), "schema-"));
  let schemas: Readonly<Record<string, { readonly block: Block }>> = {};

  beforeAll(async () => {
    const aws = { source: "aws", version: pinnedProviderVersion() };
    writeFileSync(
      join(folder, "cdk.tf.json"),
      JSON.stringify({
        terraform: { backend: { local: {} }, required_providers: { aws } },
        provider: { aws: [{ region: "ca-central-1" }] },
      }),
    );
    copyFileSync(join(projectFolder, "terraform.lock.hcl"), join(folder, ".terraform.lock.hcl"));
    await init(makeOffline({ folder }));
    const { stdout } = await execa(
      process.env["TERRAFORM_BINARY_NAME"] ?? "terraform",
      ["providers", "schema", "-json"],
      { cwd: folder, env: { TF_CLI_CONFIG_FILE: terraformCliConfig() } },
    );
    const { provider_schemas: providers } = JSON.parse(stdout) as {
      provider_schemas: Record<string, { resource_schemas: typeof schemas }>;
    };
    schemas = Object.values(providers)[0]?.resource_schemas ?? {};
  }, 120_000);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const isKnown = (block: Block | undefined, [name = "", ...rest]: readonly string[]): boolean => {
    const attribute = block?.attributes?.[name];
    const inner = block?.block_types?.[name]?.block ?? attribute?.nested_type;
    return rest.length === 0 ? attribute !== undefined || inner !== undefined : isKnown(inner, rest);
  };

  const tables = [
    ...allRules.map(({ name, judges = {} }) => [`judged by ${name}`, judges] as const),
    ["harmless", HARMLESS] as const,
    ["purposes", PURPOSES] as const,
  ].filter(([, table]) => Object.keys(table).length > 0);

  test.each(tables)("%s are the provider's", (_name, table) => {
    const unknown = Object.entries(table)
      .filter(([type]) => type !== "*")
      .flatMap(([type, paths]) =>
        paths
          .filter((path) => path !== "*" && !isKnown(schemas[type]?.block, path.split(".")))
          .map((path) => `${type}.${path}`),
      );
    expect(unknown).toEqual([]);
  });

  test("the types that rules and tables name are the provider's", () => {
    const inFinds = allRules.flatMap(({ finds }) =>
      finds.flatMap(({ what }) => what.match(/\baws_\w+/g) ?? []),
    );
    const inTables = [...Object.keys(HARMLESS), ...dataTypes].filter((type) => type.startsWith("aws_"));
    expect(inFinds.length).toBeGreaterThan(50);
    expect([...inFinds, ...inTables].filter((type) => !(type in schemas))).toEqual([]);
  });
});
