import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectFolder } from "../../config/project-folder.ts";
import { makeOffline } from "../../terraform/offline.ts";
import { type PlanJson, readPlanJson } from "../../terraform/plan-json.ts";
import { pinnedProviderVersion } from "../../terraform/provider-mirror.ts";
import { init, plan, showPlan, type StackRun } from "../../terraform/terraform.ts";
import { setTerraform, TerraformWithProviders } from "../support/provider-server.ts";
import type { Arguments } from "./code.ts";

/** A change of one resource that a rule finds, and its harmless neighbour. */
export interface PlannedCase {
  /** The name of the rule that finds it. */
  readonly rule: string;
  readonly type: string;
  /** The arguments that are deployed. Default: the resource isn't there yet. */
  readonly deployed?: Arguments;
  /** The arguments afterwards; "deleted" if the code no longer has the resource. */
  readonly harmful: Arguments | "deleted";
  /** Of the finding: the level where data is protected and elsewhere, and what happens: "blocked/care Versioning of". */
  readonly finds: string;
  /** The arguments of a change beside it in which nothing at all is found. */
  readonly harmless: Arguments | "deleted";
  /** Resources by address that are there all the time. Default: none. */
  readonly beside?: Readonly<Record<string, Arguments>>;
  /** Resources by address that the harmful change brings. Default: none. */
  readonly withHarmful?: Readonly<Record<string, Arguments>>;
  /** Resources by address that the harmless change brings. Default: none. */
  readonly withHarmless?: Readonly<Record<string, Arguments>>;
}

/** Cases by what they do. */
export type PlannedCases = Readonly<Record<string, PlannedCase>>;

/** The address of a case's resource. */
export const addressOf = (name: string, { type }: PlannedCase) =>
  `${type}.${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;

/** The plans of all harmful changes and of all harmless ones, by the real provider and without AWS. */
export async function planCases(cases: PlannedCases): Promise<{ harmful: PlanJson; harmless: PlanJson }> {
  const folder = mkdtempSync(join(tmpdir(), "planned-cases-"));
  const terraform = new TerraformWithProviders();
  const credentials = { AWS_ACCESS_KEY_ID: "offline", AWS_SECRET_ACCESS_KEY: "offline" };
  const before = process.env["TERRAFORM_BINARY_NAME"];
  try {
    await terraform.serve(credentials);
    setTerraform(terraform.binary);
    const offline = makeOffline({ folder });
    const run = { ...offline, env: { ...offline.env, ...credentials } };
    copyFileSync(join(projectFolder, "terraform.lock.hcl"), join(folder, ".terraform.lock.hcl"));
    writeCode(run, codeOf(cases, "deployed"));
    await init(run);
    const putState = (state: object) => {
      writeFileSync(join(folder, "terraform.tfstate"), JSON.stringify(state));
    };
    // An apply leaves 0 and false where a plan that creates leaves nothing; a plan over the state says where.
    putState(deployedState(await planCode(run, codeOf(cases, "deployed"))));
    const state = deployedState(await planCode(run, codeOf(cases, "deployed")));
    const planned: PlanJson[] = [];
    for (const which of ["harmful", "harmless"] as const) {
      putState(state);
      planned.push(readPlanJson(JSON.stringify(await planCode(run, codeOf(cases, which))), which));
    }
    const [harmful, harmless] = planned;
    if (!harmful || !harmless) throw new Error("nothing was planned");
    return { harmful, harmless };
  } finally {
    setTerraform(before);
    await terraform.stop();
    rmSync(folder, { recursive: true });
  }
}

type Resources = Record<string, Record<string, Arguments>>;

function codeOf(cases: PlannedCases, which: "deployed" | "harmful" | "harmless"): Resources {
  const code: Resources = {};
  const put = (address: string, values: Arguments) => {
    const [type = "", name = ""] = address.split(".");
    code[type] = { ...code[type], [name]: values };
  };
  for (const [name, one] of Object.entries(cases)) {
    const values = one[which];
    if (values !== undefined && values !== "deleted") put(addressOf(name, one), values);
    const others = { deployed: {}, harmful: one.withHarmful, harmless: one.withHarmless }[which];
    for (const [address, beside] of Object.entries<Arguments>({ ...one.beside, ...others }))
      put(address, beside);
  }
  return code;
}

function writeCode({ folder }: StackRun, resource: Resources): void {
  const aws = { source: "aws", version: pinnedProviderVersion() };
  const code = {
    terraform: { backend: { local: {} }, required_providers: { aws } },
    provider: { aws: [{ region: "ca-central-1" }] },
    resource,
  };
  writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify(code));
}

async function planCode(run: StackRun, resource: Resources): Promise<CreatingPlan> {
  writeCode(run, resource);
  await plan(run, "plan.tfplan", "-refresh=false", "-lock=false");
  return (await showPlan(run, "plan.tfplan")) as CreatingPlan;
}

interface CreatingPlan {
  readonly planned_values: {
    readonly root_module: {
      readonly resources?: readonly { readonly address: string; readonly schema_version: number }[];
    };
  };
  readonly resource_changes?: readonly {
    readonly address: string;
    readonly type: string;
    readonly name: string;
    readonly change: {
      readonly before: Arguments | null;
      readonly after: Arguments;
      readonly after_unknown: Arguments;
    };
  }[];
}

/** The state as an apply of the plan would leave it, with made-up identifiers. */
function deployedState({ planned_values: values, resource_changes: changes = [] }: CreatingPlan) {
  const versions = new Map(
    values.root_module.resources?.map(({ address, schema_version: version }) => [address, version]),
  );
  const resources = changes.map(({ address, type, name, change }) => ({
    mode: "managed",
    type,
    name,
    provider: 'provider["registry.terraform.io/hashicorp/aws"]',
    instances: [
      {
        schema_version: versions.get(address) ?? 0,
        attributes: {
          ...change.before,
          ...change.after,
          ...(change.after_unknown["id"] === true && { id: name }),
          ...(change.after_unknown["arn"] === true && { arn: arnOf(type, name) }),
        },
      },
    ],
  }));
  const lineage = "5f0c7c0e-0000-4000-8000-000000000000";
  return { version: 4, terraform_version: "1.10.0", serial: 1, lineage, outputs: {}, resources };
}

/** The made-up ARN of a deployed resource. */
export const arnOf = (type: string, name: string) =>
  `arn:aws:${type.split("_")[1] ?? ""}:ca-central-1:111111111111:${type}/${name}`;
