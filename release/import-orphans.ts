import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OrphanedResources } from "./orphaned-resources.ts";
import type { SavedPlan } from "./rollout-plan.ts";
import type { PlanJson } from "../terraform/plan-json.ts";
import { TerraformError } from "../terraform/terraform.ts";

/** https://developer.hashicorp.com/terraform/language/import */
const IMPORT_FILE = "adopted.tf.json";

/** Import ids by address. */
type Imports = ReadonlyMap<string, string>;

/**
 * Plans with the resources that a killed deployment created. Terraform writes its state every 20 seconds during an
 * apply, and at its end: what it created since is in AWS and not in the state. Such resources are imported, in rounds,
 * since the ids of imported resources identify others.
 * @param plan plans; gets how the imported resources would be created if they were not there.
 */
export async function planImportingOrphans(
  folder: string,
  orphans: OrphanedResources,
  plan: (adopted: PlanJson["resource_changes"]) => Promise<SavedPlan>,
): Promise<SavedPlan> {
  let saved = await plan([]);
  const initialChanges = saved.json.resource_changes;
  const imports = new Map<string, string>();
  const refused = new Set<string>();
  /** Plans with the imports; returns the addresses that don't exist in AWS, or belong to something else. */
  const planAndFindRejected = async (): Promise<string[]> => {
    const blocks = [...imports].map(([to, id]) => ({ to, id }));
    writeFileSync(join(folder, IMPORT_FILE), JSON.stringify({ import: blocks }));
    try {
      saved = await plan(initialChanges?.filter(({ address }) => imports.has(address)));
      return foreignImports(saved.json, imports, orphans);
    } catch (error) {
      const missing = error instanceof TerraformError ? missingImports(error.message, imports) : [];
      if (missing.length === 0) throw error;
      return missing;
    }
  };
  for (;;) {
    const found = await importable(saved.json, orphans);
    const newImports = found.filter(([address]) => !imports.has(address) && !refused.has(address));
    if (newImports.length === 0) return saved;
    for (const [address, id] of newImports) imports.set(address, id);
    for (let rejected; (rejected = await planAndFindRejected()).length > 0;)
      for (const address of rejected) {
        imports.delete(address);
        refused.add(address);
      }
  }
}

const foreignImports = (json: PlanJson, imports: Imports, { belongsToEnvironment }: OrphanedResources) =>
  (json.resource_changes ?? [])
    .filter(({ address, change }) => imports.has(address) && !belongsToEnvironment(change.before))
    .map(({ address }) => address);

/** Terraform names a failed import by its address; for an association, the provider names the two ids. */
const missingImports = (message: string, imports: Imports) =>
  [...imports].flatMap(([address, id]) => {
    const [subnet = "", routeTable = ""] = id.split("/");
    const isMissing =
      (message.includes("non-existent remote object") && message.includes(`"${address}"`)) ||
      message.includes(`No association found between route table ID ${routeTable} and target ID ${subnet}`);
    return isMissing ? [address] : [];
  });

/** Resources that the plan would create and that may exist: address and import id. */
async function importable(json: PlanJson, { find }: OrphanedResources): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for (const { address, type, change } of json.resource_changes ?? []) {
    if (change.actions.join() !== "create") continue;
    const id = await find(type, (change.after ?? {}) as Readonly<Record<string, unknown>>);
    if (id !== undefined) found.push([address, id]);
  }
  return found;
}
