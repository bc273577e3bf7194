import type { Environment } from "./environment.ts";

/** The regions in which an environment has replicas of tables. */
export const replicaRegions = ({ tables }: Pick<Environment, "tables">): readonly string[] => [
  ...new Set(Object.values(tables).flatMap(({ replicas = {} }) => Object.keys(replicas))),
];
