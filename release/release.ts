import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../config/environment.ts";
import { environmentNamed, loadEnvironments } from "../config/load-environments.ts";
import { UserError } from "../config/user-error.ts";
import { unzipInto } from "./archive.ts";
import { type Manifest, readVerifiedManifest } from "./manifest.ts";

/** A release whose files match its manifest. */
export interface Release {
  /** Contains `manifest.json`, `environments.json` and `stacks/`. Read only. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** The environments as they were when it was made; its stacks are made from them. */
  readonly environments: readonly Environment[];
}

/** The place of the environments in a release. */
export const ENVIRONMENTS_FILE = "environments.json";

/**
 * Opens a release and verifies every byte of it.
 * @param path its folder, or its archive, which is unpacked to a folder that goes when the process ends.
 * @throws UserError when there is none, or it isn't what was released.
 */
export function openRelease(path: string): Release {
  if (!existsSync(path))
    throw new UserError(`There is no release at ${path}. Make one with: npm run release`);
  return statSync(path).isDirectory() ? openFolder(path) : openArchive(readFileSync(path), path);
}

/** Opens a release from the bytes of its archive; see `openRelease`. */
export function openArchive(archive: Uint8Array, name: string): Release {
  const folder = mkdtempSync(join(tmpdir(), "release-"));
  process.once("exit", () => {
    rmSync(folder, { recursive: true, force: true });
  });
  unzipInto(folder, archive, name);
  return openFolder(folder);
}

/**
 * One environment as the release has it.
 * @throws UserError that lists those it has.
 */
export const environmentInRelease = (release: Release, name: string): Environment =>
  environmentNamed(name, [...release.environments]);

function openFolder(folder: string): Release {
  const manifest = readVerifiedManifest(folder);
  const given = JSON.parse(readFileSync(join(folder, ENVIRONMENTS_FILE), "utf8")) as Environment[];
  try {
    const environments = loadEnvironments(Object.fromEntries(given.map((e) => [e.name, e])));
    return { folder, manifest, environments };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `The release in ${folder} has settings that this version of the project doesn't understand. ` +
        `Check out ${manifest.commit.slice(0, 12)} or a commit near it, and do it from there.\n${error.message}`,
    );
  }
}
