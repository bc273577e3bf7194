import type { Environment } from "./environment.ts";

/** The regions in which an environment has replicas of tables, or had until now. */
export const replicaRegions = ({
  tables,
  formerReplicaRegions = [],
}: Pick<Environment, "tables" | "formerReplicaRegions">): readonly string[] => [
  ...new Set([
    ...Object.values(tables).flatMap(({ replicas = {} }) => Object.keys(replicas)),
    ...formerReplicaRegions,
  ]),
];
