import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OrphanedResources } from "./orphaned-resources.ts";
import type { SavedPlan } from "./rollout-plan.ts";
import type { PlanJson } from "../terraform/plan-json.ts";
import { TerraformError } from "../terraform/terraform.ts";

/** https://developer.hashicorp.com/terraform/language/import */
const IMPORT_FILE = "adopted.tf.json";

/** Plans; gets how the imported resources would be created if they were not there. */
export type Plan = (adopted: PlanJson["resource_changes"]) => Promise<SavedPlan>;

/**
 * Plans with the resources that a killed deployment created. Terraform writes its state every 20 seconds during an
 * apply, and at its end: what it created since is in AWS and not in the state. Such resources are imported, in rounds,
 * since the ids of imported resources identify others.
 */
export async function planImportingOrphans(
  folder: string,
  orphans: OrphanedResources,
  plan: Plan,
): Promise<SavedPlan> {
  const initialPlan = await plan([]);
  const imports = new Map<string, string>();
  const refused = new Set<string>();
  const planWithImports = () =>
    plan(initialPlan.json.resource_changes?.filter(({ address }) => imports.has(address)));
  let saved = initialPlan;
  for (;;) {
    const found = await importable(saved.json, orphans);
    const newImports = found.filter(([address]) => !imports.has(address) && !refused.has(address));
    if (newImports.length === 0) return saved;
    for (const [address, id] of newImports) imports.set(address, id);
    saved = await planImporting({ folder, orphans, imports, refused, plan: planWithImports });
  }
}

interface Importing {
  readonly folder: string;
  readonly orphans: OrphanedResources;
  /** Import ids by address. */
  readonly imports: Map<string, string>;
  /** Addresses that don't exist in AWS, or belong to something else. */
  readonly refused: Set<string>;
  readonly plan: () => Promise<SavedPlan>;
}

/** Plans with the imports; drops those that don't exist, or belong to something else, and plans again. */
async function planImporting(importing: Importing): Promise<SavedPlan> {
  const { folder, orphans, imports, refused, plan } = importing;
  for (;;) {
    const blocks = [...imports].map(([to, id]) => ({ to, id }));
    writeFileSync(join(folder, IMPORT_FILE), JSON.stringify({ import: blocks }));
    let rejected: readonly string[];
    try {
      const saved = await plan();
      rejected = foreignImports(saved.json, imports, orphans);
      if (rejected.length === 0) return saved;
    } catch (error) {
      rejected = error instanceof TerraformError ? missingImports(error.message, imports) : [];
      if (rejected.length === 0) throw error;
    }
    for (const address of rejected) {
      imports.delete(address);
      refused.add(address);
    }
  }
}

type Imports = ReadonlyMap<string, string>;

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
async function importable(
  json: PlanJson,
  { find }: OrphanedResources,
): Promise<[address: string, id: string][]> {
  const found: [string, string][] = [];
  for (const { address, type, change } of json.resource_changes ?? []) {
    if (change.actions.join() !== "create") continue;
    const id = await find({ type, values: (change.after ?? {}) as Readonly<Record<string, unknown>> });
    if (id !== undefined) found.push([address, id]);
  }
  return found;
}
