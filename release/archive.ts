import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { unzipSync, zipSync, type Zippable } from "fflate";
import { UserError } from "../config/user-error.ts";

/** The same time for every file, so that the archive depends on the content alone: the earliest that a zip can hold. */
const NO_TIME = new Date(1980, 0, 1);

/** Packs a folder into a zip; the same files give the same bytes. */
export function zipFolder(folder: string): Uint8Array {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const content: Zippable = {};
  for (const file of files) content[relative(folder, file).split(sep).join("/")] = readFileSync(file);
  return zipSync(content, { level: 9, mtime: NO_TIME, os: 3 });
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
    if (
      path.split("/").some((part) => part === "" || part === "..") ||
      path.includes("\\") ||
      path.includes(":")
    )
      throw new UserError(
        `${name} is not a release's archive: it has a file of the path ${JSON.stringify(path)}.`,
      );
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
