/** A resource's arguments, as synthesized. */
export type Arguments = Record<string, unknown>;

interface Stack {
  resource: Record<string, Record<string, Arguments>>;
  [block: string]: unknown;
}

/** The code of a synthesized stack, to be changed as a change of the constructs would. */
export class Code {
  #stack: Stack;
  readonly #deployed: (address: string, attribute: string) => unknown;

  /** @param deployed an attribute of a deployed resource. */
  constructor(text: string, deployed: (address: string, attribute: string) => unknown) {
    this.#stack = JSON.parse(text) as Stack;
    this.#deployed = deployed;
  }

  get text(): string {
    return JSON.stringify(this.#stack, null, 2);
  }

  /** Adds to what the stack says beside its resources. */
  add(blocks: Readonly<Record<string, unknown>>): void {
    Object.assign(this.#stack, blocks);
  }

  /** The address of the resource of that type whose construct's path ends so. */
  address(type: string, path = ""): string {
    const found = Object.entries(this.#stack.resource[type] ?? {}).find(([, { "//": comment }]) =>
      (comment as { metadata: { path: string } } | undefined)?.metadata.path.endsWith(path),
    );
    if (!found) throw new Error(`no ${type} at ${path}`);
    return `${type}.${found[0]}`;
  }

  /** The arguments of a resource, to be changed. */
  of(address: string): Arguments {
    const [type = "", name = ""] = address.split(".");
    const found = this.#stack.resource[type]?.[name];
    if (!found) throw new Error(`no ${address}`);
    return found;
  }

  /** Changes arguments of a resource; undefined takes one out. */
  set(address: string, values: Arguments): this {
    Object.assign(this.of(address), values);
    return this;
  }

  /** Adds a resource, or takes another's place. */
  put(address: string, values: Arguments): this {
    const [type = "", name = ""] = address.split(".");
    this.#stack.resource[type] = { ...this.#stack.resource[type], [name]: values };
    return this;
  }

  /** Takes a resource out; what refers to it gets what it refers to now. */
  remove(address: string): void {
    const [type = "", name = ""] = address.split(".");
    Reflect.deleteProperty(this.#stack.resource[type] ?? {}, name);
    this.#replaceText(new RegExp(`\\$\\{${escaped(address)}\\.(\\w+)\\}`, "g"), (_reference, attribute) =>
      String(this.#deployed(address, attribute)),
    );
    // Within an expression.
    this.#replaceText(new RegExp(`${escaped(address)}\\.(\\w+)`, "g"), (_reference, attribute) =>
      JSON.stringify(JSON.stringify(this.#deployed(address, attribute))).slice(1, -1),
    );
    this.#replaceText(new RegExp(`"${escaped(address)}",?`, "g"), () => "");
  }

  /** Calls a resource something else, everywhere. */
  rename(address: string, name: string): void {
    const [type = "", old = ""] = address.split(".");
    this.put(`${type}.${name}`, this.of(address));
    Reflect.deleteProperty(this.#stack.resource[type] ?? {}, old);
    this.#replaceText(new RegExp(`${escaped(address)}\\b`, "g"), () => `${type}.${name}`);
  }

  /** Changes a policy that is an attribute of a resource. */
  policy(address: string, attribute: string, edit: (statements: Arguments[]) => Arguments[]): this {
    const values = this.of(address);
    // An expression has quotes of its own within the policy's.
    const expressions: string[] = [];
    const text = String(values[attribute]).replaceAll(
      /\$\{[^}]*\}/g,
      (expression) => `<${expressions.push(expression) - 1}>`,
    );
    const policy = JSON.parse(text) as { Statement: Arguments[] };
    values[attribute] = JSON.stringify({ ...policy, Statement: edit(policy.Statement) }).replaceAll(
      /<(\d+)>/g,
      (_, place) => expressions[Number(place)] ?? "",
    );
    return this;
  }

  #replaceText(pattern: RegExp, by: (match: string, group: string) => string): void {
    this.#stack = JSON.parse(this.text.replaceAll(pattern, by)) as Stack;
  }
}

const escaped = (text: string) => text.replaceAll(/[.\\^$*+?()[\]{}|-]/g, String.raw`\$&`);
