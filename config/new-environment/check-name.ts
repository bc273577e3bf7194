import { Script } from "node:vm";
import { type Environment, environmentSchema } from "../environment.ts";
import { settingsFile } from "../names.ts";
import { UserError } from "../user-error.ts";

/**
 * Checks the name of a new environment.
 * @param environments all that there are.
 * @throws UserError when it is taken, has another form, or can't be the name of an export.
 */
export function checkName(name: string, environments: readonly Environment[]): void {
  const { error } = environmentSchema.shape.name.safeParse(name);
  if (error)
    throw new UserError(
      `The name of an environment ${error.issues[0]?.message ?? ""} (given ${JSON.stringify(name)}).`,
    );
  if (environments.some((other) => other.name === name))
    throw new UserError(`There is an environment "${name}" already: ${settingsFile(name)}.`);
  if (isReserved(name))
    throw new UserError(
      `"${name}" is a reserved word of TypeScript, so nothing can be exported by that name. Choose another.`,
    );
}

/** Whether a constant of a module can't have this name: Node.js is asked to compile one, in code as strict as a module's. */
function isReserved(name: string): boolean {
  try {
    new Script(`"use strict"; async () => { const ${name} = 0; }`);
    return false;
  } catch {
    return true;
  }
}
