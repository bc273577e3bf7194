import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { signal, stateFolder } from "./embedded-aws.ts";

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
export async function installEmbeddedAws({
  requirementsFile = join(import.meta.dirname, "requirements.txt"),
  folder = stateFolder,
  onProgress = () => undefined,
}: InstallOptions = {}): Promise<string> {
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
  if (failed)
    throw new Error(
      `the embedded AWS needs python3, version ${minimumPython} or later, on PATH. Install it: ` +
        "apt-get install python3 python3-venv (Debian, Ubuntu), brew install python (macOS)",
    );
}

async function createVenv(venv: string, onProgress: (message: string) => void): Promise<void> {
  onProgress("creating a Python virtual environment");
  const options = ["-m", "venv", "--clear", venv];
  const { failed, all } = await execa("python3", options, { reject: false, all: true });
  if (!failed) return;
  throw new Error(
    /ensurepip|No module named '?venv/.test(all)
      ? "the embedded AWS needs python3's venv module. Install it: apt-get install python3-venv (Debian, Ubuntu)"
      : `python3 -m venv failed:\n${all}`,
  );
}

async function installPackages(
  venv: string,
  requirementsFile: string,
  onProgress: (message: string) => void,
): Promise<void> {
  const options = ["--disable-pip-version-check", "--no-input", "--require-hashes", "-r", requirementsFile];
  const pip = execa(pythonOf(venv), ["-m", "pip", "install", ...options], { reject: false });
  for await (const line of pip) {
    const collecting = /^Collecting (\S+)/.exec(line)?.[1];
    if (collecting !== undefined) onProgress(`installing ${collecting}`);
  }
  const { failed, stderr } = await pip;
  if (failed) throw new Error(`pip install failed:\n${stderr}`);
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
    if (installerPid !== undefined && !signal(Number(installerPid), 0))
      await rm(join(folder, name), { recursive: true, force: true });
  }
}
