import { spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProviderMirror, pinnedProviderVersion } from "../../terraform/provider-mirror.ts";

/** The AWS provider in a process of its own, which many runs of Terraform use. */
export interface ProviderServer {
  /** What Terraform needs in its environment to use it. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/**
 * Starts the AWS provider once, as the acceptance tests of providers do: starting it anew is two thirds of what a plan
 * costs. https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode
 *
 * It is for plans alone: it looks for the files that an apply uploads in its own folder, not in Terraform's. It ends
 * with this process, and doesn't keep it from ending.
 *
 * Where there is no unpacked provider on this machine, Terraform starts it by itself, as always.
 *
 * @param env how it reaches AWS: its own environment counts, not Terraform's.
 */
export async function startProvider(
  env: Readonly<Record<string, string | undefined>>,
): Promise<ProviderServer> {
  const binary = unpackedProvider();
  if (binary === undefined) return { env: {}, stop: () => Promise.resolve() };
  // The shell ends the provider when the pipe to it closes: at the latest when this process ends, however it does.
  const script = '"$0" -debug 2>/dev/null & cat >/dev/null; kill $!; wait; rm -r "$TMPDIR"';
  const shell = spawn("sh", ["-c", script, binary], {
    env: {
      ...process.env,
      ...env,
      // The second run to configure the provider fails with it.
      AWS_CA_BUNDLE: undefined,
      GOGC: "400",
      TMPDIR: mkdtempSync(join(tmpdir(), "provider-")),
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  shell.unref();
  for (const pipe of [shell.stdin, shell.stdout]) if (pipe instanceof Socket) pipe.unref();
  let output = "";
  for await (const chunk of shell.stdout) {
    output += String(chunk);
    const reattach = /TF_REATTACH_PROVIDERS='(.*)'/.exec(output)?.[1];
    if (reattach !== undefined) {
      shell.stdout.resume();
      return {
        env: { TF_REATTACH_PROVIDERS: reattach },
        stop: async () => {
          shell.stdin.end();
          await once(shell, "exit");
        },
      };
    }
  }
  throw new Error(`${binary} -debug ended:\n${output}`);
}

function unpackedProvider(): string | undefined {
  const mirror = findProviderMirror();
  if (mirror === undefined) return undefined;
  const place = join(mirror, "registry.terraform.io/hashicorp/aws", pinnedProviderVersion());
  try {
    const [platform = ""] = readdirSync(place);
    const [file] = readdirSync(join(place, platform)).filter((name) =>
      name.startsWith("terraform-provider-aws"),
    );
    return file === undefined ? undefined : join(place, platform, file);
  } catch {
    return undefined;
  }
}
