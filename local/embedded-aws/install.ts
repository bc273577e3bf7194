import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { UserError } from "../../config/user-error.ts";
import { signal, stateFolder } from "./embedded-aws.ts";

/** Python packages, and where to install them. */
export interface PythonPackages {
  /** What needs them, for errors. */
  readonly neededBy: string;
  /** The oldest Python that they run on, for example "3.10". */
  readonly minimumPython: string;
  /** Each package with its version and hashes. */
  readonly requirementsFile: string;
  /** The version of pip that installs them, with its hashes. Default: the one that came with Python. */
  readonly pipFile?: string;
  /** Folder of the virtual environment `venv`. */
  readonly folder: string;
  /** Called with a short description of each step. Not called if everything is installed. */
  readonly onProgress?: (message: string) => void;
}

/** There is no python3, only an older one, or one without its venv module; the message says how to install it. */
export class PythonMissingError extends UserError {}

const hashFileName = "requirements.sha256";

/**
 * Installs the embedded AWS, unless it is installed; see `installPackages`. Takes some 10 seconds the first time.
 *
 * @param options Default: the requirements in this folder, into `.local/embedded-aws` in the project's folder.
 */
export const installEmbeddedAws = (options: Partial<PythonPackages> = {}): Promise<string> =>
  installPackages({
    neededBy: "the embedded AWS",
    minimumPython: "3.10",
    requirementsFile: join(import.meta.dirname, "requirements.txt"),
    folder: stateFolder,
    ...options,
  });

/**
 * Installs packages into a virtual environment, unless the same requirements are installed.
 *
 * The virtual environment is created in a temporary folder and then renamed, with the requirements' hash in it. So an
 * interrupted installation is never used, and concurrent installations don't disturb each other.
 *
 * @returns path of the virtual environment's python. Scripts beside it don't run, since they name the temporary folder:
 * use `python -m`.
 * @throws PythonMissingError, or UserError if pip fails, with what was tried and what can be set
 */
export async function installPackages({
  neededBy,
  minimumPython,
  requirementsFile,
  pipFile,
  folder,
  onProgress = () => undefined,
}: PythonPackages): Promise<string> {
  const hash = createHash("sha256")
    .update(await readFile(requirementsFile))
    .digest("hex");
  const venv = join(folder, "venv");

  if (!(await isInstalled(venv, hash))) {
    await checkPython(neededBy, minimumPython);
    await mkdir(folder, { recursive: true });
    await removeInterrupted(folder);
    const temporary = join(folder, `venv.installing-${process.pid}`);
    try {
      await createVenv(neededBy, temporary, onProgress);
      for (const file of [...(pipFile === undefined ? [] : [pipFile]), requirementsFile])
        await runPip(neededBy, temporary, file, onProgress);
      await writeFile(join(temporary, hashFileName), hash);
      await moveIntoPlace(temporary, venv, hash);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }
  return pythonOf(venv);
}

const pythonOf = (venv: string) => join(venv, "bin/python");

/** The python in the virtual environment is a link to the system's, which may have been removed. */
async function isInstalled(venv: string, hash: string): Promise<boolean> {
  const installedHash = await readFile(join(venv, hashFileName), "utf8").catch(() => undefined);
  return installedHash === hash && existsSync(pythonOf(venv));
}

async function checkPython(neededBy: string, minimumPython: string): Promise<void> {
  const check = `import sys; sys.exit(sys.version_info < (${minimumPython.replace(".", ", ")}))`;
  const { failed } = await execa("python3", ["-c", check], { reject: false });
  if (failed)
    throw new PythonMissingError(
      `${neededBy} needs python3, version ${minimumPython} or later, on PATH. Install it: ` +
        "apt-get install python3 python3-venv (Debian, Ubuntu), brew install python (macOS)",
    );
}

async function createVenv(
  neededBy: string,
  venv: string,
  onProgress: (message: string) => void,
): Promise<void> {
  onProgress("creating a Python virtual environment");
  const options = ["-m", "venv", "--clear", venv];
  const { failed, all } = await execa("python3", options, { reject: false, all: true });
  if (!failed) return;
  if (/ensurepip|No module named '?venv/.test(all))
    throw new PythonMissingError(
      `${neededBy} needs python3's venv module. Install it: apt-get install python3-venv (Debian, Ubuntu)`,
    );
  throw new Error(`python3 -m venv failed:\n${all}`);
}

async function runPip(
  neededBy: string,
  venv: string,
  requirementsFile: string,
  onProgress: (message: string) => void,
): Promise<void> {
  // Python compiles what is used when it is used: most of what is installed never is.
  const options = ["--disable-pip-version-check", "--no-input", "--no-compile", "--require-hashes"];
  const parameters = ["-m", "pip", "install", ...options, "-r", requirementsFile];
  const pip = execa(pythonOf(venv), parameters, { reject: false, env: { ...IMPATIENCE, ...process.env } });
  let indexes = "https://pypi.org/simple";
  for await (const line of pip) {
    const collecting = /^Collecting (\S+)/.exec(line)?.[1];
    if (collecting !== undefined) onProgress(`installing ${collecting}`);
    indexes = /^Looking in indexes: (.+)/.exec(line)?.[1] ?? indexes;
  }
  const { failed, stderr } = await pip;
  if (failed)
    throw new UserError(
      [
        `The Python packages of ${neededBy} can't be installed. Tried: python3 ${parameters.join(" ")}`,
        `from the package index ${withoutCredentials(indexes)}. pip says:`,
        ...faultsIn(stderr).map((line) => `  ${line}`),
        "If that index can't be reached from here, set PIP_INDEX_URL to one that can, or HTTPS_PROXY to a proxy, and try again.",
      ].join("\n"),
    );
}

/** pip waits half a minute for an index that isn't there, package by package. Variables that are set win. */
const IMPATIENCE = { PIP_RETRIES: "2", PIP_DEFAULT_TIMEOUT: "10" };

const withoutCredentials = (text: string) => text.replaceAll(/(\/\/)[^/@\s]*@/g, "$1");

/** pip's errors, and why the index couldn't be reached, each once. */
function faultsIn(stderr: string): string[] {
  const unreachable = [...stderr.matchAll(/after connection broken by '\w+\((.*)\)': /g)].map(
    ([, why = ""]) => why.replace(/^["']?(<[^>]*>: )?/, "").replace(/["']$/, ""),
  );
  const errors = stderr.split("\n").filter((line) => line.startsWith("ERROR: "));
  const faults = [...unreachable, ...errors].map(withoutCredentials);
  return faults.length > 0 ? [...new Set(faults)] : stderr.trim().split("\n").slice(-LINES_SHOWN);
}

const LINES_SHOWN = 10;

async function moveIntoPlace(temporary: string, venv: string, hash: string): Promise<void> {
  if (await isInstalled(venv, hash)) return;
  await rm(venv, { recursive: true, force: true });
  try {
    await rename(temporary, venv);
  } catch (error) {
    // Another process was faster: use its virtual environment.
    if (!(await isInstalled(venv, hash))) throw error;
  }
}

/** Removes the temporary folders of interrupted installations. */
async function removeInterrupted(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const installerPid = /^venv\.installing-(\d+)$/.exec(name)?.[1];
    if (installerPid !== undefined && !signal(Number(installerPid), 0))
      await rm(join(folder, name), { recursive: true, force: true });
  }
}
