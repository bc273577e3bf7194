import type { Environment } from "./environment.ts";

/** A rule that an environment breaks, and the path of the setting that breaks it. */
export interface Violation {
  readonly path: readonly PropertyKey[];
  readonly rule: string;
}

/** The settings of an environment that are valid on their own; the others are missing. */
export type ValidSettings = Partly<Environment>;
type Partly<T> = T extends object ? { readonly [Key in keyof T]?: Partly<T[Key]> | undefined } : T;
