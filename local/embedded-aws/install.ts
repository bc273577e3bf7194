import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa, ExecaError } from "execa";
import { stateFolder } from "./embedded-aws.ts";

export interface InstallOptions {
  /** The packages, each with its hashes. Default: `requirements.txt` beside this file. */
  readonly requirementsFile?: string;
  /** Where the virtual environment `venv` is made. Default: `.local/embedded-aws` under the project's root. */
  readonly folder?: string;
  /** Told what is being done, in a few words; not called when all is in place. */
  readonly onProgress?: (message: string) => void;
}

const minimumPython = "3.10";
const stampName = "requirements.sha256";

/**
 * Installs the embedded AWS into a virtual environment of its own, unless it's there already from the same
 * requirements. Takes some 15 seconds the first time and a millisecond after that.
 *
 * The environment is made under another name and takes its place by one rename, with its stamp inside: an
 * install that was killed leaves nothing that looks finished, and of two at the same time one is used.
 *
 * @returns the path of the environment's python
 * @throws if python3 or its venv module is missing (with how to get it), or if pip fails (with what it said)
 */
export async function installEmbeddedAws(options: InstallOptions = {}): Promise<string> {
  const { requirementsFile = join(import.meta.dirname, "requirements.txt"), folder = stateFolder } = options;
  const onProgress = options.onProgress ?? (() => undefined);
  const stamp = createHash("sha256")
    .update(await readFile(requirementsFile))
    .digest("hex");
  const venv = join(folder, "venv");

  if (!(await isFinished(venv, stamp))) {
    await checkPython();
    await mkdir(folder, { recursive: true });
    await removeAbandoned(folder);
    const made = join(folder, `venv.installing-${process.pid}`);
    try {
      await makeVenv(made, onProgress);
      await installPackages(made, requirementsFile, onProgress);
      await writeFile(join(made, stampName), stamp);
      await putInPlace(made, venv, stamp);
    } finally {
      await rm(made, { recursive: true, force: true });
    }
  }
  return pythonOf(venv);
}

const pythonOf = (venv: string) => join(venv, "bin/python");

/** False too where the environment's python, a link to the system's, leads nowhere any more. */
async function isFinished(venv: string, stamp: string): Promise<boolean> {
  const found = await readFile(join(venv, stampName), "utf8").catch(() => undefined);
  return found === stamp && existsSync(pythonOf(venv));
}

async function checkPython(): Promise<void> {
  const check = `import sys; sys.exit(sys.version_info < (${minimumPython.replace(".", ", ")}))`;
  const { failed } = await execa("python3", ["-c", check], { reject: false });
  if (failed) {
    throw new Error(
      `the embedded AWS needs python3, version ${minimumPython} or later, on PATH. Install it: ` +
        "apt-get install python3 python3-venv (Debian, Ubuntu), brew install python (macOS)",
    );
  }
}

async function makeVenv(venv: string, onProgress: (message: string) => void): Promise<void> {
  onProgress("making a Python environment");
  const { failed, all } = await execa("python3", ["-m", "venv", "--clear", venv], {
    reject: false,
    all: true,
  });
  if (!failed) return;
  if (/ensurepip|No module named '?venv/.test(all)) {
    throw new Error(
      "the embedded AWS needs python3's venv module. Install it: apt-get install python3-venv (Debian, Ubuntu)",
    );
  }
  throw new Error(`python3 -m venv failed:\n${all}`);
}

async function installPackages(
  venv: string,
  requirementsFile: string,
  onProgress: (message: string) => void,
): Promise<void> {
  const options = ["--disable-pip-version-check", "--no-input", "--require-hashes", "-r", requirementsFile];
  const pip = execa(pythonOf(venv), ["-m", "pip", "install", ...options]);
  try {
    for await (const line of pip) {
      const collecting = /^Collecting (\S+)/.exec(line);
      if (collecting?.[1] !== undefined) onProgress(`installing ${collecting[1]}`);
    }
  } catch (error) {
    if (error instanceof ExecaError)
      throw new Error(`pip install failed:\n${String(error.stderr)}`, { cause: error });
    throw error;
  }
}

async function putInPlace(made: string, venv: string, stamp: string): Promise<void> {
  if (await isFinished(venv, stamp)) return;
  await rm(venv, { recursive: true, force: true });
  try {
    await rename(made, venv);
  } catch (error) {
    // Another process was quicker: its environment serves as well.
    if (!(await isFinished(venv, stamp))) throw error;
  }
}

/** Removes what installs that were killed have left. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const installer = /^venv\.installing-(\d+)$/.exec(name)?.[1];
    if (installer !== undefined && !existsProcess(Number(installer))) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

function existsProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
