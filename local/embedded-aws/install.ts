import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa, ExecaError } from "execa";
import { stateFolder } from "./embedded-aws.ts";

export interface InstallOptions {
  /** Packages with their hashes. Default: `requirements.txt` in this folder. */
  readonly requirementsFile?: string;
  /** Folder of the virtual environment `venv`. Default: `.local/embedded-aws` in the project's folder. */
  readonly folder?: string;
  /** Called with a short description of each step. Not called if everything is installed. */
  readonly onProgress?: (message: string) => void;
}

const minimumPython = "3.10";
const hashFileName = "requirements.sha256";

/**
 * Installs the embedded AWS into a virtual environment, unless the same requirements are installed. Takes some 15
 * seconds the first time.
 *
 * The virtual environment is created in a temporary folder and then renamed, with the requirements' hash in it. So an
 * interrupted installation is never used, and concurrent installations don't disturb each other.
 *
 * @returns path of the virtual environment's python
 * @throws Error if python3 or its venv module is missing, or if pip fails
 */
export async function installEmbeddedAws(options: InstallOptions = {}): Promise<string> {
  const { requirementsFile = join(import.meta.dirname, "requirements.txt"), folder = stateFolder } = options;
  const onProgress = options.onProgress ?? (() => undefined);
  const hash = createHash("sha256")
    .update(await readFile(requirementsFile))
    .digest("hex");
  const venv = join(folder, "venv");

  if (!(await isInstalled(venv, hash))) {
    await checkPython();
    await mkdir(folder, { recursive: true });
    await removeInterrupted(folder);
    const temporary = join(folder, `venv.installing-${process.pid}`);
    try {
      await createVenv(temporary, onProgress);
      await installPackages(temporary, requirementsFile, onProgress);
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

async function createVenv(venv: string, onProgress: (message: string) => void): Promise<void> {
  onProgress("creating a Python virtual environment");
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
    if (installerPid !== undefined && !isRunning(Number(installerPid))) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
