import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { unzipSync, zipSync } from "fflate";
import { UserError } from "../config/user-error.ts";

/** The same time for every file, so that the archive depends on the content alone: the earliest that a zip can hold. */
const NO_TIME = new Date(1980, 0, 1);

/** The paths of all files under a folder, with "/", in order. */
export function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/** Packs a folder into a zip; the same files give the same bytes. */
export function zipFolder(folder: string): Uint8Array {
  const content = listFiles(folder).map((path) => [path, readFileSync(join(folder, path))] as const);
  return zipSync(Object.fromEntries(content), { level: 9, mtime: NO_TIME, os: 3 });
}

/**
 * Unpacks a zip into a folder.
 * @param name what the errors call it.
 * @throws UserError when it is no zip, or one of its files would land outside the folder.
 */
export function unzipInto(folder: string, archive: Uint8Array, name: string): void {
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(archive);
  } catch {
    throw new UserError(
      `${name} is not a release's archive: it can't be unpacked. Get it again from where it was made.`,
    );
  }
  for (const [path, content] of Object.entries(files)) {
    if (path.split("/").some((part) => part === "" || part === "..") || /[\\:]/.test(path))
      throw new UserError(
        `${name} is not a release's archive: it has a file of the path ${JSON.stringify(path)}.`,
      );
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
