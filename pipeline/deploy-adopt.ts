import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PlanJson } from "./review/plan-json.ts";
import type { SavedPlan } from "./deploy-plan.ts";
import { TerraformError } from "./terraform.ts";

/** What a deployment that was killed had made by then, as it noted it: the id of each resource, by its address. */
export type Made = ReadonlyMap<string, string>;

/** https://developer.hashicorp.com/terraform/language/import */
const IMPORT_FILE = "adopted.tf.json";

/** Those that another of the same name can't be made beside; the attribute that is their name and their id. */
const NAMED: Readonly<Record<string, string>> = {
  aws_cloudwatch_log_group: "name",
  aws_dynamodb_table: "name",
  aws_iam_role: "name",
  aws_kms_alias: "name",
  aws_lambda_function: "function_name",
};

/**
 * Plans what a killed deployment left. Terraform writes its state every 20 seconds while it applies, and at the end;
 * what it made since is in AWS and not in the state. Such resources are taken into the plan as imports: by the id
 * that was noted when they were made, or by their name where Terraform was killed before it could tell.
 *
 * @param made absent where no deployment was left unfinished: the plan is then taken as it is.
 */
export async function adoptUnfinished(
  folder: string,
  made: Made | undefined,
  plan: () => Promise<SavedPlan>,
): Promise<SavedPlan> {
  let saved = await plan();
  if (made === undefined) return saved;
  const imports = new Map<string, string>();
  const missing = new Set<string>();
  for (;;) {
    const found = importable(saved.json, made).filter(([to]) => !imports.has(to) && !missing.has(to));
    if (found.length === 0) return saved;
    for (const [to, id] of found) imports.set(to, id);
    saved = await planWith(folder, imports, missing, plan);
  }
}

/** Takes back the imports of what turns out not to exist. */
async function planWith(
  folder: string,
  imports: Map<string, string>,
  missing: Set<string>,
  plan: () => Promise<SavedPlan>,
): Promise<SavedPlan> {
  for (;;) {
    const blocks = [...imports].map(([to, id]) => ({ to, id }));
    writeFileSync(join(folder, IMPORT_FILE), JSON.stringify({ import: blocks }));
    try {
      return await plan();
    } catch (error) {
      const absent = error instanceof TerraformError ? absentIn(error.message, imports) : [];
      if (absent.length === 0) throw error;
      for (const address of absent) {
        imports.delete(address);
        missing.add(address);
      }
    }
  }
}

const absentIn = (message: string, imports: ReadonlyMap<string, string>) =>
  /non-existent remote object|couldn't find resource|not found|no matching/i.test(message)
    ? [...imports.keys()].filter((address) => message.includes(address))
    : [];

/** What the plan would make, and may be there: its address, and the id to import it by. */
function importable(json: PlanJson, made: Made): [address: string, id: string][] {
  return (json.resource_changes ?? [])
    .filter(({ change }) => change.actions.join() === "create")
    .flatMap(({ address, type, change }): [string, string][] => {
      const after = (change.after ?? {}) as Readonly<Record<string, unknown>>;
      if (type === "aws_route_table_association") {
        const { subnet_id: subnet, route_table_id: table } = after;
        return made.has(address) && typeof subnet === "string" && typeof table === "string"
          ? [[address, `${subnet}/${table}`]]
          : [];
      }
      const id = made.get(address) ?? after[NAMED[type] ?? ""];
      return typeof id === "string" ? [[address, id]] : [];
    });
}

/** Reads, from what Terraform says while it applies, which resource it made: "aws_vpc.own: Creation complete after 2s [id=vpc-1]". */
export function madeBy(message: string): { address: string; id: string } | undefined {
  const [, address, id] = /^(\S+): Creation complete after \S+ \[id=(.*)\]$/.exec(message) ?? [];
  return address === undefined || id === undefined ? undefined : { address, id };
}
