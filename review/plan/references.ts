type Expressions = Readonly<Record<string, unknown>>;

interface Module {
  readonly resources?: readonly { readonly address: string; readonly expressions?: Expressions | null }[];
  readonly module_calls?: Readonly<Record<string, { readonly module?: Module }>>;
}

/** The resources that the attributes of other resources refer to, from a plan's configuration. */
export class References {
  readonly #expressions = new Map<string, Expressions | null | undefined>();

  /** @param roots each the `configuration.root_module` of a plan. */
  constructor(...roots: readonly unknown[]) {
    for (const root of roots) if (root !== null && typeof root === "object") this.#read(root, "");
  }

  /** @returns the addresses of the resources that an attribute refers to; none if the plan has no configuration. */
  get(address: string, attribute: string): readonly string[] {
    const expressions = this.#of(address);
    const prefix = /^(?:module\.[^.]+\.)*/.exec(address)?.[0] ?? "";
    return referencesIn(expressions?.[attribute]).map(
      (reference) => `${prefix}${reference.split(".").slice(0, 2).join(".")}`,
    );
  }

  /**
   * Whether the code gives an attribute a value; true if the plan has no configuration of the resource.
   * @param path `attribute`, or `block.attribute` of any such block, to any depth.
   */
  isConfigured(address: string, path: string): boolean {
    const expressions = this.#of(address);
    if (expressions === undefined) return true;
    return hasPath(expressions, path.split("."));
  }

  #of(address: string): Expressions | null | undefined {
    return this.#expressions.get(address.replaceAll(/\[[^\]]*\]/g, ""));
  }

  #read(module: Module, prefix: string): void {
    for (const { address, expressions } of module.resources ?? [])
      this.#expressions.set(`${prefix}${address}`, expressions);
    for (const [name, call] of Object.entries(module.module_calls ?? {}))
      if (call.module) this.#read(call.module, `${prefix}module.${name}.`);
  }
}

const isExpressions = (value: unknown): value is Expressions => value !== null && typeof value === "object";

/** Whether an expression, or a block within it, has a value there; one that refers to something has them all. */
function hasPath(expression: unknown, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return true;
  return [expression]
    .flat()
    .some((one) => isExpressions(one) && ("references" in one || (name in one && hasPath(one[name], rest))));
}

/** The references of an expression, or of the blocks within it. */
function referencesIn(expression: unknown): string[] {
  if (Array.isArray(expression)) return expression.flatMap(referencesIn);
  if (!isExpressions(expression)) return [];
  const { references } = expression as { readonly references?: readonly string[] };
  if (Array.isArray(references)) return references.map(String);
  return Object.values(expression).flatMap(referencesIn);
}
