/** A synthesized stack, as far as a restored table needs it. */
export interface StackJson {
  readonly provider: { readonly aws: readonly Readonly<Record<string, unknown>>[] };
  readonly terraform: Readonly<Record<string, unknown>>;
  readonly resource: Blocks;
  readonly data?: Blocks;
}

/** Resources by type and id. */
export type Blocks = Readonly<Record<string, Readonly<Record<string, Values>>>>;

/** Attributes of a resource. */
export type Values = Readonly<Record<string, unknown>>;
