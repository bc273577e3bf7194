import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { devNull } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { projectFolder } from "../../config/project-folder.ts";

/**
 * A running embedded AWS: all services on one port of 127.0.0.1, with IAM enforced and separate accounts.
 *
 * Started by `startEmbeddedAws`; `findDetachedEmbeddedAws` finds one that an earlier command left running.
 */
export interface EmbeddedAws {
  /** For example `http://127.0.0.1:41234`. */
  readonly endpoint: string;
  /** Process id of the server, the leader of the process group of all Lambda functions' processes. */
  readonly pid: number;
  /** Output of the server and the functions. */
  readonly logFile: string;
  /** Stops the server and all functions, and removes their temporary files. Can be called more than once. */
  stop(): Promise<void>;
  /**
   * Environment variables with which the AWS CLI, an SDK or Terraform acts as the root user of an account. All other
   * `AWS_` variables of this process are undefined, which removes them from a child process: a profile, a session or a
   * service-specific endpoint would take precedence.
   *
   * @param account account id, 12 digits, such as `111111111111`
   * @throws Error if the account id isn't 12 digits
   */
  environmentFor(account: string): Record<string, string | undefined>;
}

/** A running instance, as `detached.json` stores it. */
export const instanceSchema = z.object({
  endpoint: z.url(),
  pid: z.int().positive(),
  logFile: z.string(),
  /** Folder for the instance's temporary files, removed when it stops. */
  runFolder: z.string(),
});
export type Instance = z.infer<typeof instanceSchema>;

/** Folder of the virtual environment, the logs and `detached.json`; ignored by git. */
export const stateFolder = join(projectFolder, ".local/embedded-aws");

/** The program that runs it. */
export const LAUNCHER = join(import.meta.dirname, "launch.py");

/** Region in `environmentFor` and, by default, in `clientSettings`. */
export const region = "ca-central-1";

const stopTimeoutMilliseconds = 2000;

/** Made with the first DAX cluster that is encrypted in transit, in the run folder. */
const DAX_AUTHORITY_FILE = "dax-authority.pem";

/** Lets a child process trust a certificate authority, if there is one: only Node.js's start reads it. */
const trustedAuthority = (file: string) => (existsSync(file) ? { NODE_EXTRA_CA_CERTS: file } : {});

/**
 * The `EmbeddedAws` of a running instance.
 *
 * @param detachedFile file that stores the instance, removed when it stops. Default: none.
 */
export function embeddedAws(instance: Instance, detachedFile?: string): EmbeddedAws {
  const { runFolder, ...running } = instance;
  return {
    ...running,
    environmentFor: (account) => ({
      ...environmentFor(running.endpoint, account),
      ...trustedAuthority(join(runFolder, DAX_AUTHORITY_FILE)),
    }),
    stop: async () => {
      await stopProcessGroup(running.pid);
      await rm(runFolder, { recursive: true, force: true });
      if (detachedFile !== undefined) await rm(detachedFile, { force: true });
    },
  };
}

/** Whether an embedded AWS responds at this endpoint within five seconds. */
export async function isHealthy(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(5000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Sends SIGTERM to the group's leader, and SIGKILL to the group when the leader has ended or after two seconds. */
async function stopProcessGroup(leader: number): Promise<void> {
  signal(leader, "SIGTERM");
  const deadline = Date.now() + stopTimeoutMilliseconds;
  while (signal(leader, 0) && Date.now() < deadline) await sleep(20);
  signal(-leader, "SIGKILL");
  while (signal(leader, 0) && Date.now() < deadline + stopTimeoutMilliseconds) await sleep(20);
}

/** Sends a signal (0: none) to a process or, with a negative id, to a group; returns false if there is none. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Settings of an SDK client that acts as the root user of an account. */
export const clientSettings = (
  { endpoint }: Pick<EmbeddedAws, "endpoint">,
  account: string,
  clientRegion = region,
) => ({
  endpoint,
  region: clientRegion,
  credentials: { accessKeyId: account, secretAccessKey: "local" },
});

/**
 * See `EmbeddedAws.environmentFor`.
 *
 * @param endpoint must accept an account id as the access key of that account
 */
export function environmentFor(endpoint: string, account: string): Record<string, string | undefined> {
  if (!/^\d{12}$/.test(account))
    throw new Error(`an account id must be 12 digits (given ${JSON.stringify(account)})`);
  const inherited = Object.keys(process.env).filter((name) => name.startsWith("AWS_"));
  return {
    ...Object.fromEntries(inherited.map((name) => [name, undefined])),
    AWS_ENDPOINT_URL: endpoint,
    // The access key of an account's root user is the account id; any secret is accepted.
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_PAGER: "",
  };
}
