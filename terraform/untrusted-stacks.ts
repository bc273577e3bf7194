import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { UserError } from "../config/user-error.ts";
import { addTerraformFiles } from "./stack-folders.ts";
import { stackFolder } from "./synthesize.ts";
import { assetsOf, findStackFaults, type StackJson } from "./untrusted-stack-rules.ts";

/** Stacks that were synthesized elsewhere, by code that isn't trusted: a pull request's. */
export interface UntrustedStacks {
  /** The folder with their `stacks/`. */
  readonly from: string;
  /** The folder that gets what is used of them. */
  readonly to: string;
  /** The folder with the same stacks, synthesized by trusted code. */
  readonly trusted: string;
  /** The names of the stacks. */
  readonly stacks: readonly string[];
}

interface CheckedStack {
  readonly stack: string;
  readonly code: unknown;
  readonly assets: readonly string[];
  /** Each begins with the stack's name. */
  readonly faults: readonly string[];
}

/**
 * Copies stacks of untrusted code after a check, so that Terraform can plan them with credentials. Of a stack's folder
 * it uses `cdk.tf.json`, written anew as it was parsed and checked, and the assets that this names. Terraform's lock file
 * is this checkout's own.
 *
 * @throws UserError with every fault: stack, place and rule.
 */
export function copyUntrustedStacks({ from, to, trusted, stacks }: UntrustedStacks): void {
  if (!existsSync(join(from, "stacks")))
    throw new UserError(
      `--synthesized must name a folder with stacks/, as npm run synth makes it (given ${from})`,
    );
  // A link is read as what it points at, so it is refused before anything else is read.
  refuse(from, findLinks(from));
  const checked = stacks.map((stack) => checkStack(stack, from, trusted));
  refuse(
    from,
    checked.flatMap(({ faults }) => faults),
  );
  for (const { stack, code, assets } of checked) {
    const [source, copy] = [stackFolder(stack, from), stackFolder(stack, to)];
    mkdirSync(copy, { recursive: true });
    writeFileSync(join(copy, CODE), `${JSON.stringify(code, null, 2)}\n`);
    for (const asset of assets) {
      mkdirSync(dirname(join(copy, asset)), { recursive: true });
      copyFileSync(join(source, asset), join(copy, asset));
    }
  }
  addTerraformFiles(to);
}

/** The stacks in a folder that trusted code doesn't synthesize, such as those of a new environment. */
export const findNewStacks = (from: string, trusted: string): string[] => {
  const known = readdirSync(join(trusted, "stacks"));
  return readdirSync(join(from, "stacks")).filter((stack) => !known.includes(stack));
};

const CODE = "cdk.tf.json";

function refuse(from: string, faults: readonly string[]): void {
  if (faults.length > 0)
    throw new UserError(
      [
        `The stacks in ${from} are not planned with this environment's credentials, because of:`,
        ...faults.map((fault) => `- ${fault}`),
        "Change that; or, if it has to be so, merge a change of the rule first (docs/review.md#untrusted-stacks).",
      ].join("\n"),
    );
}

function findLinks(from: string): string[] {
  const entries = readdirSync(from, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isFile() && !entry.isDirectory())
    .map(({ parentPath, name }) => `${relative(from, join(parentPath, name))} must be a file or a folder`);
}

function checkStack(stack: string, from: string, trusted: string): CheckedStack {
  const folder = stackFolder(stack, from);
  const own = readCode(stackFolder(stack, trusted)) as StackJson;
  let code: unknown;
  try {
    code = readCode(folder);
  } catch {
    return { stack, code, assets: [], faults: [`${stack}: ${CODE} must be there, and be JSON`] };
  }
  const faults = findStackFaults(code, own).map((fault) => `${stack}: ${fault}`);
  const assets = faults.length === 0 ? assetsOf(code as StackJson) : [];
  const missing = assets.filter((asset) => !isFile(join(folder, asset)));
  return {
    stack,
    code,
    assets,
    faults: [...faults, ...missing.map((asset) => `${stack}: ${asset} is missing`)],
  };
}

const readCode = (folder: string): unknown => JSON.parse(readFileSync(join(folder, CODE), "utf8"));

const isFile = (file: string) => statSync(file, { throwIfNoEntry: false })?.isFile() === true;
