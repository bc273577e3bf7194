import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { loadEnvironments } from "../config/load-environments.ts";
import { projectFolder } from "../config/project-folder.ts";
import { UserError } from "../config/user-error.ts";
import { pinnedProviderVersion } from "../terraform/provider-mirror.ts";
import { synthesize } from "../terraform/synthesize.ts";
import { terraformVersion } from "../terraform/terraform.ts";
import { zipFolder } from "./archive.ts";
import { hashFiles, MANIFEST_FILE, withDigest } from "./manifest.ts";
import { ENVIRONMENTS_FILE, openRelease } from "./release.ts";

/** What to make a release of, and where. */
export interface ReleaseOptions {
  /** Include uncommitted changes; the release can then not be promoted. */
  readonly allowDirty: boolean;
  /** The folder that gets `release/` and `release.zip`. Default: one named for the commit, in `.local/releases`. */
  readonly out?: string;
}

/**
 * Makes one release of the commit that is checked out: the stacks of every environment with the function's zip and
 * the lock file, the environments that they were made from, and the manifest. The same commit gives the same
 * release, whatever the machine. Prints what it is, where it is and what to do next.
 * @throws UserError when the tree has changes and they aren't allowed, or what `synthesize` and `terraformVersion` throw.
 */
export async function runRelease({ allowDirty, out }: ReleaseOptions): Promise<void> {
  const commit = await git("rev-parse", "HEAD");
  const changes = await git("status", "--porcelain", "--untracked-files=all");
  if (changes !== "" && !allowDirty) throw new UserError(dirty(changes));
  const terraform = await terraformVersion();
  const place =
    out ?? join(projectFolder, ".local/releases", `${commit.slice(0, 12)}${changes === "" ? "" : "-dirty"}`);
  const [folder, archive] = [join(place, "release"), join(place, "release.zip")];
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await copyStacks(folder);
  const environments = loadEnvironments();
  writeFileSync(join(folder, ENVIRONMENTS_FILE), json(environments));
  const content = withDigest({
    format: 1,
    commit,
    promotable: changes === "",
    pinned: {
      "hashicorp/aws": pinnedProviderVersion(),
      cdktf: installedVersion("cdktf"),
      "@cdktf/provider-aws": installedVersion("@cdktf/provider-aws"),
    },
    files: hashFiles(folder),
    madeWith: { terraform, node: process.versions.node },
  });
  writeFileSync(join(folder, MANIFEST_FILE), json(content));
  writeFileSync(archive, zipFolder(folder));
  const { manifest } = openRelease(folder);
  const first = environments.find((environment) => !environment.protected);
  console.log(
    [
      `Release ${manifest.digest}`,
      `  of commit ${commit}${manifest.promotable ? "" : " with changes: it can't be promoted"}`,
      `  ${Object.keys(manifest.files).length} files in ${folder}`,
      `  archive ${archive}`,
      ...(first ? [`Next: npm run deploy -- ${first.name} --release ${archive}`] : []),
    ].join("\n"),
  );
}

/** Synthesizes for AWS itself, into another folder: settings for another endpoint are never part of a release. */
async function copyStacks(folder: string): Promise<void> {
  const output = mkdtempSync(join(tmpdir(), "release-synthesis-"));
  try {
    await synthesize(output, { AWS_ENDPOINT_URL: undefined });
    cpSync(join(output, "stacks"), join(folder, "stacks"), { recursive: true });
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

async function git(...parameters: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await execa("git", parameters, { cwd: projectFolder, reject: false });
  if (exitCode === 0) return stdout.trim();
  throw new UserError(
    `A release is made from a git commit, and git says: ${stderr || "nothing; is it installed?"}`,
  );
}

const LINES_SHOWN = 10;

function dirty(changes: string): string {
  const lines = changes.split("\n");
  const more = lines.length > LINES_SHOWN ? [`… and ${lines.length - LINES_SHOWN} more`] : [];
  return [
    "A release is made from a commit, and these changes are not committed:",
    ...[...lines.slice(0, LINES_SHOWN), ...more].map((line) => `  ${line}`),
    "Commit or stash them. To try them anyway: npm run release -- --allow-dirty; that release can't be promoted.",
  ].join("\n");
}

function installedVersion(name: string): string {
  const file = join(projectFolder, "node_modules", name, "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
