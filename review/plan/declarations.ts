import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../../config/user-error.ts";

/** What a synthesized stack says about a resource and its plan doesn't. */
export interface Declaration {
  /** The path of the construct that creates it. */
  readonly path?: string | undefined;
  /** Whether Terraform refuses to destroy it. */
  readonly preventDestroy: boolean;
}

/** The resources that synthesized stacks declare, by address; empty if the stacks aren't known. */
export class Declarations {
  readonly #byAddress: ReadonlyMap<string, Declaration>;

  constructor(byAddress: Iterable<readonly [string, Declaration]> = []) {
    this.#byAddress = new Map(byAddress);
  }

  /** @returns undefined if the code doesn't declare the resource, or isn't known. */
  get(address: string): Declaration | undefined {
    return this.#byAddress.get(address.replace(/\[[^\]]*\]$/, ""));
  }
}

/** The parts of a resource in a `cdk.tf.json` that are read here. */
interface SynthesizedResource {
  readonly "//"?: { readonly metadata?: { readonly path?: string } };
  readonly lifecycle?: { readonly prevent_destroy?: boolean };
}

/** Resources by type and name. */
type SynthesizedResources = Readonly<Record<string, Readonly<Record<string, SynthesizedResource>>>>;

/**
 * Reads what synthesized stacks declare.
 * @param files each a `cdk.tf.json`.
 * @throws UserError if one can't be read.
 */
export const readDeclarations = (...files: readonly string[]): Declarations =>
  new Declarations(files.flatMap(declarationsIn));

/** The `cdk.tf.json` next to a plan's JSON, if there is one. */
export function findSynthesizedStack(planFile: string): readonly string[] {
  const file = join(dirname(planFile), "cdk.tf.json");
  return existsSync(file) ? [file] : [];
}

function declarationsIn(file: string): [string, Declaration][] {
  return Object.entries(readResources(file)).flatMap(([type, resources]) =>
    Object.entries(resources).map(([name, { "//": comment, lifecycle }]): [string, Declaration] => [
      `${type}.${name}`,
      { path: comment?.metadata?.path, preventDestroy: lifecycle?.prevent_destroy === true },
    ]),
  );
}

function readResources(file: string): SynthesizedResources {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { resource?: SynthesizedResources }).resource ?? {};
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${file} can't be read as a synthesized stack: ${reason}`);
  }
}
