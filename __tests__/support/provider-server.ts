import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProviderMirror, pinnedProviderVersion } from "../../terraform/provider-mirror.ts";
import type { Credentials } from "./pipeline-account.ts";

/**
 * A Terraform that uses AWS providers which run already, one for each access key, as the acceptance tests of providers
 * do: starting the provider anew is two thirds of what a plan costs.
 * https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode
 *
 * It is for plans, and for applies that upload no file: a provider looks for files in its own folder, not in
 * Terraform's. For an access key that has no provider, Terraform starts one by itself, as always. The providers end
 * with this process, and don't keep it from ending.
 */
export class TerraformWithProviders {
  /** For `TERRAFORM_BINARY_NAME`. */
  readonly binary: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "providers-"));
  readonly #shells: ChildProcess[] = [];

  constructor() {
    this.binary = join(this.#folder, "terraform");
    const script = `#!/bin/sh
file=${this.#folder}/key-"$AWS_ACCESS_KEY_ID"
if [ -f "$file" ]; then TF_REATTACH_PROVIDERS=$(cat "$file"); export TF_REATTACH_PROVIDERS; fi
exec ${process.env["TERRAFORM_BINARY_NAME"] ?? "terraform"} "$@"
`;
    writeFileSync(this.binary, script, { mode: 0o755 });
  }

  /**
   * Starts a provider for one access key. Does nothing where this machine has no unpacked provider.
   * @param credentials what the provider has in its environment; Terraform's doesn't count for it.
   */
  async serve(credentials: Credentials): Promise<void> {
    const provider = unpackedProvider();
    if (provider === undefined) return;
    // The shell ends the provider when the pipe to it closes: at the latest when this process ends, however it does.
    const shell = spawn("sh", ["-c", '"$0" -debug 2>/dev/null & cat >/dev/null; kill $!; wait', provider], {
      env: {
        ...process.env,
        ...credentials,
        // With it, the second run to configure a provider fails.
        AWS_CA_BUNDLE: undefined,
        GOGC: "400",
        TMPDIR: this.#folder,
      },
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#shells.push(shell);
    shell.unref();
    for (const pipe of [shell.stdin, shell.stdout]) if (pipe instanceof Socket) pipe.unref();
    const file = join(this.#folder, `key-${credentials["AWS_ACCESS_KEY_ID"] ?? ""}`);
    writeFileSync(file, await reattachment(shell));
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#shells.map(async (shell) => {
        const ended = once(shell, "exit");
        shell.stdin?.end();
        await ended;
      }),
    );
    rmSync(this.#folder, { recursive: true });
  }
}

/** What a provider in debug mode prints for Terraform to find it by. Its output stays open: it ends with that. */
function reattachment({ stdout }: ChildProcess): Promise<string> {
  let output = "";
  return new Promise((resolve, reject) => {
    stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const found = /TF_REATTACH_PROVIDERS='(.*)'/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    stdout?.once("end", () => {
      reject(new Error(`the provider ended:\n${output}`));
    });
  });
}

function unpackedProvider(): string | undefined {
  const mirror = findProviderMirror();
  if (mirror === undefined) return undefined;
  const place = join(mirror, "registry.terraform.io/hashicorp/aws", pinnedProviderVersion());
  if (!existsSync(place)) return undefined;
  const files = readdirSync(place, { recursive: true, encoding: "utf8" });
  const file = files.find((name) => /terraform-provider-aws_[^/]*$/.test(name));
  return file === undefined ? undefined : join(place, file);
}

/** Sets which Terraform this process runs. Default: the one on the PATH. */
export function setTerraform(binary: string | undefined): void {
  if (binary === undefined) delete process.env["TERRAFORM_BINARY_NAME"];
  else process.env["TERRAFORM_BINARY_NAME"] = binary;
}
