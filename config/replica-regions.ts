import { vaultRegions } from "./backup-regions.ts";
import type { Environment } from "./environment.ts";

/** What is asked of a table's settings here: its replicas by region. */
export interface Replicated {
  readonly replicas?: object | undefined;
}

interface ReplicatedTables extends Pick<Environment, "formerRegions"> {
  readonly tables: Readonly<Record<string, Replicated>>;
}

/** The regions in which tables have replicas, or had until now. */
export const replicaRegions = ({ tables, formerRegions = [] }: ReplicatedTables): readonly string[] => [
  ...new Set([
    ...Object.values(tables).flatMap(({ replicas = {} }) => Object.keys(replicas)),
    ...formerRegions,
  ]),
];

/** The other regions in which an environment has something, or had until now: replicas, or a vault for backups. */
export const otherRegions = (
  environment: ReplicatedTables & Pick<Environment, "backups">,
): readonly string[] => [...new Set([...replicaRegions(environment), ...vaultRegions(environment)])];

/** Whether a table has a replica in any region. */
export const hasReplicas = ({ replicas = {} }: Replicated): boolean => Object.keys(replicas).length > 0;
