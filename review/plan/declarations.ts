import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../../config/user-error.ts";

/** What a synthesized stack says of a resource that its plan doesn't. */
export interface Declaration {
  /** The path of constructs that makes it. */
  readonly path?: string | undefined;
  /** Whether Terraform refuses to destroy it. */
  readonly preventDestroy: boolean;
}

/** The resources that synthesized stacks declare, by address. Empty where no such stack is at hand. */
export class Declarations {
  readonly #byAddress: ReadonlyMap<string, Declaration>;

  constructor(byAddress: Iterable<readonly [string, Declaration]> = []) {
    this.#byAddress = new Map(byAddress);
  }

  /** @returns undefined where the code doesn't declare it, or isn't known. */
  of(address: string): Declaration | undefined {
    return this.#byAddress.get(address.replace(/\[[^\]]*\]$/, ""));
  }

  pathOf(address: string): string | undefined {
    return this.of(address)?.path;
  }

  get isKnown(): boolean {
    return this.#byAddress.size > 0;
  }
}

interface Synthesized {
  readonly resource?: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly "//"?: { readonly metadata?: { readonly path?: string } };
            readonly lifecycle?: { readonly prevent_destroy?: boolean };
          }
        >
      >
    >
  >;
}

/**
 * Reads what CDKTF synthesized.
 * @param files each a `cdk.tf.json`.
 * @throws UserError when one can't be read.
 */
export function readDeclarations(...files: readonly string[]): Declarations {
  return new Declarations(files.flatMap((file) => declarationsIn(file)));
}

/** What the stacks of some plans declare, read from the `cdk.tf.json` in the folder of each. */
export const readPlanDeclarations = (plans: readonly { readonly folder: string }[]): Declarations =>
  readDeclarations(...plans.map(({ folder }) => join(folder, "cdk.tf.json")));

/** The synthesized stack that lies beside a plan's JSON, if any. */
export function findSynthesizedStack(planFile: string): readonly string[] {
  const file = join(dirname(planFile), "cdk.tf.json");
  return existsSync(file) ? [file] : [];
}

function declarationsIn(file: string): [string, Declaration][] {
  let stack: Synthesized;
  try {
    stack = JSON.parse(readFileSync(file, "utf8")) as Synthesized;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${file} can't be read as a synthesized stack: ${reason}`);
  }
  return Object.entries(stack.resource ?? {}).flatMap(([type, resources]) =>
    Object.entries(resources).map(([name, resource]): [string, Declaration] => [
      `${type}.${name}`,
      {
        path: resource["//"]?.metadata?.path,
        preventDestroy: resource.lifecycle?.prevent_destroy === true,
      },
    ]),
  );
}
