import type { Environment } from "./environment.ts";
import { namesOf, variablePrefix } from "./names.ts";

/**
 * The environments as one line of JSON, for the matrix of a workflow: of each its name, and what the names of its
 * variables on GitHub begin with. An expression of GitHub can't write a name in capital letters.
 */
export const environmentsAsMatrix = (environments: readonly Environment[]): string =>
  JSON.stringify(environments.map(({ name }) => ({ name, variables: variablePrefix(name) })));

/** The environments as a table, with what tells one from another. */
export function environmentsAsText(environments: readonly Environment[]): string {
  const rows = [
    ["name", "region", "account", "protected", "messages table", "state bucket"],
    ...environments.map((environment) => {
      const { name, region, account = "not set", protected: isProtected } = environment;
      const { tables, stateBucket } = namesOf(environment);
      return [name, region, account, isProtected ? "yes" : "no", tables.messages, stateBucket];
    }),
  ];
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(width(column)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
