import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { UserError } from "../config/user-error.ts";
import { projectFolder } from "../config/project-folder.ts";
import { replaceFile } from "../config/replace-file.ts";

/** Folders of shared software; each of their subfolders may be a mirror. */
const SHARED_SOFTWARE = ["/opt", "/usr/local/share", "/usr/share", "/usr/local/lib", "/usr/lib", "/srv"];

/** The AWS provider's version that the lock file pins. */
export function pinnedProviderVersion(): string {
  const lock = readFileSync(join(projectFolder, "terraform.lock.hcl"), "utf8");
  const version = /version\s*=\s*"([^"]+)"/.exec(lock)?.[1];
  if (version === undefined) throw new Error("terraform.lock.hcl names no provider version");
  return version;
}

/**
 * A folder on this machine that holds the pinned AWS provider, laid out as a Terraform filesystem mirror: the one
 * that `TF_PLUGIN_MIRROR` names, or one in Terraform's own implied places, or one among the system's shared software.
 *
 * @returns undefined where there is none; the provider then comes from the registry.
 * @throws UserError when `TF_PLUGIN_MIRROR` names a folder without the pinned provider.
 */
export function findProviderMirror(version = pinnedProviderVersion()): string | undefined {
  const given = process.env["TF_PLUGIN_MIRROR"];
  if (!given)
    return [...impliedMirrors(), ...SHARED_SOFTWARE.flatMap(foldersIn)].find((folder) =>
      holds(folder, version),
    );
  if (holds(given, version)) return given;
  throw new UserError(
    `TF_PLUGIN_MIRROR must name a folder with registry.terraform.io/hashicorp/aws/${version} for ${platform()} (given ${given}). ` +
      "Make one with: terraform providers mirror <folder>",
  );
}

/**
 * A Terraform CLI configuration that takes the provider from the mirror, written to the project's ignored folder.
 * A configuration of the user's own takes precedence, unless `TF_PLUGIN_MIRROR` is set.
 *
 * @param folder the folder for the file. Default: `.local` in the project's folder.
 * @returns the file for `TF_CLI_CONFIG_FILE`; undefined where Terraform needs none.
 */
export function terraformCliConfig(folder = join(projectFolder, ".local")): string | undefined {
  const own = process.env["TF_CLI_CONFIG_FILE"] ?? join(homedir(), ".terraformrc");
  if (!process.env["TF_PLUGIN_MIRROR"] && existsSync(own)) return own;
  const mirror = findProviderMirror();
  if (mirror === undefined) return undefined;
  const file = join(folder, "terraform.tfrc");
  replaceFile(
    file,
    `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
  );
  return file;
}

/** https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories */
function impliedMirrors(): string[] {
  const data = process.env["XDG_DATA_HOME"] ?? join(homedir(), ".local/share");
  const shared = (process.env["XDG_DATA_DIRS"] ?? "/usr/local/share:/usr/share").split(":");
  return [
    join(projectFolder, "terraform.d/plugins"),
    join(homedir(), ".terraform.d/plugins"),
    ...[data, ...shared].map((folder) => join(folder, "terraform/plugins")),
  ];
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function holds(mirror: string, version: string): boolean {
  const provider = join(mirror, "registry.terraform.io/hashicorp/aws");
  return (
    existsSync(join(provider, version, platform())) ||
    existsSync(join(provider, `terraform-provider-aws_${version}_${platform()}.zip`))
  );
}

/** As Terraform names it: "linux_amd64". */
function platform(): string {
  const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: "amd64", ia32: "386" };
  const system = process.platform === "win32" ? "windows" : process.platform;
  return `${system}_${architectures[process.arch] ?? process.arch}`;
}
