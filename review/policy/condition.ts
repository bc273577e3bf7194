import { patternCovers } from "./pattern.ts";
import type { Condition } from "./statement.ts";

/** Operators that hold for the values they list, and those that hold for all but them. */
const LISTED =
  /^(forallvalues:|foranyvalue:)?(string(equals|equalsignorecase|like)|arn(equals|like)|ipaddress|bool|binaryequals|numericequals|dateequals|null)(ifexists)?$/;
const ALL_BUT =
  /^(forallvalues:|foranyvalue:)?(stringnot(equals|equalsignorecase|like)|arnnot(equals|like)|notipaddress|numericnotequals|datenotequals)(ifexists)?$/;

/** Whether whatever meets all of `strict` meets all of `lax` too. Never true where it isn't so. */
export const conditionsImply = (strict: readonly Condition[], lax: readonly Condition[]): boolean =>
  lax.every((wanted) => strict.some((given) => impliesOne(given, wanted)));

function impliesOne(strict: Condition, lax: Condition): boolean {
  if (strict.key !== lax.key || !operatorImplies(strict.operator, lax.operator)) return false;
  const within = (values: readonly string[], others: readonly string[]) =>
    values.every((value) => others.some((other) => valueCovers(lax.operator, other, value)));
  if (LISTED.test(lax.operator)) return within(strict.values, lax.values);
  if (ALL_BUT.test(lax.operator))
    return lax.values.every((value) =>
      strict.values.some((other) => valueCovers(strict.operator, other, value)),
    );
  return within(strict.values, lax.values) && within(lax.values, strict.values);
}

/** The same operator, or the one that doesn't pass where the key is missing in place of the one that does. */
const operatorImplies = (strict: string, lax: string) => strict === lax || `${strict}ifexists` === lax;

function valueCovers(operator: string, wide: string, narrow: string): boolean {
  if (operator.includes("ignorecase")) return wide.toLowerCase() === narrow.toLowerCase();
  return /like|arn/.test(operator) ? patternCovers(wide, narrow) : wide === narrow;
}
