import { type CheckedLiteral, checkLiteral, describeViolations } from "./check-literal.ts";
import { environmentSchema, type Environment } from "./environment.ts";
import { exportedLiterals } from "./exported-literals.ts";
import { EXPORTS_FILE } from "./names.ts";
import { findShared } from "./shared-settings.ts";
import { UserError } from "./user-error.ts";

/**
 * Validates environments and returns them.
 * @param literals by name. Default: those that `config/environments/index.ts` exports.
 * @throws UserError that lists every violation in every environment (file, path, rule and value), or the faults for
 * which the files can't be loaded.
 */
export function loadEnvironments(
  literals: Readonly<Record<string, unknown>> | UserError = exportedLiterals,
): Environment[] {
  if (literals instanceof UserError) throw literals;
  const checked = Object.entries(literals).map(([key, literal]) => checkLiteral(key, literal));
  const faults = [...checked.flatMap(({ faults }) => faults), ...checkTogether(checked)];
  if (checked.length === 0) faults.push(`${EXPORTS_FILE}: must export at least one environment`);
  if (faults.length > 0) throw new UserError([...new Set(faults)].join("\n"));
  return Object.values(literals).map((literal) => environmentSchema.parse(literal));
}

/**
 * Finds an environment by its name.
 * @throws UserError that lists the existing names.
 */
export function environmentNamed(name: string, environments = loadEnvironments()): Environment {
  const found = environments.find((environment) => environment.name === name);
  if (found) return found;
  const names = environments.map((environment) => environment.name).join(", ");
  throw new UserError(`There is no environment "${name}". There are: ${names}.`);
}

/** Checks what environments must not share, which depends on their accounts. */
function checkTogether(checked: readonly CheckedLiteral[]): string[] {
  return checked
    .filter(({ hasValidAccount }) => hasValidAccount)
    .flatMap((environment, index, all) =>
      all
        .slice(0, index)
        .flatMap((other) =>
          describeViolations(environment.key, environment.literal, findShared(environment, other)),
        ),
    );
}
