import { patternCovers } from "./pattern.ts";
import type { Condition } from "./statement.ts";

/** Operators that accept only the listed values. */
const ONLY =
  /^(forallvalues:|foranyvalue:)?(string(equals|equalsignorecase|like)|arn(equals|like)|ipaddress|bool|binaryequals|numericequals|dateequals|null)(ifexists)?$/;
/** Operators that accept all but the listed values. */
const ALL_BUT =
  /^(forallvalues:|foranyvalue:)?(stringnot(equals|equalsignorecase|like)|arnnot(equals|like)|notipaddress|numericnotequals|datenotequals)(ifexists)?$/;

/** Whether every request that meets all of `strict` also meets all of `lax`; false if in doubt. */
export const conditionsImply = (strict: readonly Condition[], lax: readonly Condition[]): boolean =>
  lax.every((required) => strict.some((condition) => conditionImplies(condition, required)));

function conditionImplies(strict: Condition, lax: Condition): boolean {
  if (strict.key !== lax.key || !operatorImplies(strict.operator, lax.operator)) return false;
  const areCovered = (values: readonly string[], others: readonly string[]) =>
    values.every((value) => others.some((other) => valueCovers(lax.operator, other, value)));
  if (ONLY.test(lax.operator)) return areCovered(strict.values, lax.values);
  if (ALL_BUT.test(lax.operator))
    return lax.values.every((value) =>
      strict.values.some((other) => valueCovers(strict.operator, other, value)),
    );
  return areCovered(strict.values, lax.values) && areCovered(lax.values, strict.values);
}

/** The same operator, or one without `IfExists`, which doesn't accept a missing key. */
const operatorImplies = (strict: string, lax: string) => strict === lax || `${strict}ifexists` === lax;

function valueCovers(operator: string, wide: string, narrow: string): boolean {
  if (operator.includes("ignorecase")) return wide.toLowerCase() === narrow.toLowerCase();
  return /like|arn/.test(operator) ? patternCovers(wide, narrow) : wide === narrow;
}
