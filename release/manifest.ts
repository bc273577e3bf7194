import { hash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../config/user-error.ts";
import { listFiles } from "./archive.ts";

/** The manifest's place in a release. */
export const MANIFEST_FILE = "manifest.json";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const manifestSchema = z.strictObject({
  /** Increased when older manifests can't be read any more. */
  format: z.literal(1),
  /** SHA-256 of everything below except `madeWith`; identifies the release. */
  digest: sha256,
  /** The commit that it was made from. */
  commit: z.string().regex(/^[0-9a-f]{40,64}$/),
  /** False if it was made from a work tree with uncommitted changes. */
  promotable: z.boolean(),
  /** Versions pinned by the commit. */
  pinned: z.strictObject({
    "hashicorp/aws": z.string(),
    cdktf: z.string(),
    "@cdktf/provider-aws": z.string(),
  }),
  /** SHA-256 of each file, by its path with "/", in the order of the paths. */
  files: z.record(z.string(), sha256),
  /** Versions on the machine that made it; not part of the digest. */
  madeWith: z.strictObject({ terraform: z.string(), node: z.string() }),
});

/** What a release is, in its `manifest.json`. */
export type Manifest = z.output<typeof manifestSchema>;

/** The manifest with the digest that its content has. */
export function withDigest(content: Omit<Manifest, "digest">): Manifest {
  return { ...content, digest: digestOf(content) };
}

/** SHA-256 of every file under a folder but the manifest, in the order of their paths. */
export function hashFiles(folder: string): Record<string, string> {
  const paths = listFiles(folder).filter((path) => path !== MANIFEST_FILE);
  return Object.fromEntries(paths.map((path) => [path, hash("sha256", readFileSync(join(folder, path)))]));
}

/**
 * Reads the manifest of a release and verifies every file against it.
 * @throws UserError that names each file that is missing, changed or not the release's.
 */
export function readVerifiedManifest(folder: string): Manifest {
  const manifest = readManifest(folder);
  const found = hashFiles(folder);
  const paths = [...new Set([...Object.keys(manifest.files), ...Object.keys(found)])].sort();
  const faults = paths.flatMap((path) => {
    if (found[path] === manifest.files[path]) return [];
    if (found[path] === undefined) return [`${path} is missing`];
    return [
      manifest.files[path] === undefined ? `${path} is not part of the release` : `${path} was changed`,
    ];
  });
  if (digestOf(manifest) !== manifest.digest) faults.push(`${MANIFEST_FILE} was changed`);
  if (faults.length > 0)
    throw new UserError(
      `The release in ${folder} is not what was released (digest ${manifest.digest}):\n  ${faults.join("\n  ")}\n` +
        "Get it again from where it was made, or from the state bucket, with --release <digest>.",
    );
  return manifest;
}

function readManifest(folder: string): Manifest {
  const file = join(folder, MANIFEST_FILE);
  if (!existsSync(file))
    throw new UserError(
      `${folder} is not a release: it has no ${MANIFEST_FILE}. Make one with: npm run release`,
    );
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    throw new UserError(
      `${file} can't be read: it was changed, or written by another version of this project.`,
    );
  }
}

/** Leaves out what the machine had installed, so that a commit has the same digest on every machine. */
function digestOf(content: Omit<Manifest, "digest">): string {
  const { format, commit, promotable, pinned, files } = content;
  const identity = { format, commit, promotable, pinned: inOrder(pinned), files: inOrder(files) };
  return hash("sha256", JSON.stringify(identity));
}

const inOrder = (record: Readonly<Record<string, string>>) =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
