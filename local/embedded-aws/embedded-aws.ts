import { rm } from "node:fs/promises";
import { join } from "node:path";
import { devNull } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { projectFolder } from "../../config/project-folder.ts";

/**
 * A running embedded AWS: every service on one port of 127.0.0.1, IAM enforced, every account apart.
 *
 * Made by `startEmbeddedAws` or, for one left running by an earlier command, `findDetachedEmbeddedAws`.
 */
export interface EmbeddedAws {
  /** Where it answers, such as `http://127.0.0.1:41234`. */
  readonly endpoint: string;
  /** The server's process, which leads the process group of all the functions' processes. */
  readonly pid: number;
  /** What the server and the functions wrote. */
  readonly logFile: string;
  /** Ends the server with every function's process and removes what they left. Can be called again. */
  stop(): Promise<void>;
  /**
   * What a command needs in its environment to be the root of an account in here, be it the AWS CLI, an SDK or
   * Terraform. Every other `AWS_` variable of this process is given as undefined, which takes it out of a child's
   * environment: a profile, a session or a service's own endpoint would lead the command elsewhere.
   *
   * @param account the account's id, 12 digits, such as `111111111111`
   * @throws if the id isn't 12 digits
   */
  environmentFor(account: string): Record<string, string | undefined>;
}

/** What is known of a running instance; what `detached.json` holds. */
export interface Instance {
  readonly endpoint: string;
  readonly pid: number;
  readonly logFile: string;
  /** The instance's own folder for temporary files, removed when it stops. */
  readonly runFolder: string;
}

/** Where the embedded AWS has its virtual environment, its logs and the note of a kept instance; ignored by git. */
export const stateFolder = join(projectFolder, ".local/embedded-aws");

/** The region of every client that `environmentFor` sets up. */
export const region = "ca-central-1";

const graceMilliseconds = 2000;

/**
 * The handle on a running instance.
 *
 * @param afterStop what is left to do once it has ended
 */
export function embeddedAws(instance: Instance, afterStop: () => Promise<void>): EmbeddedAws {
  return {
    endpoint: instance.endpoint,
    pid: instance.pid,
    logFile: instance.logFile,
    environmentFor: (account) => environmentFor(instance.endpoint, account),
    stop: async () => {
      await endProcessGroup(instance.pid);
      await rm(instance.runFolder, { recursive: true, force: true });
      await afterStop();
    },
  };
}

/** Whether an embedded AWS answers at this endpoint, within five seconds. */
export async function answers(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(5000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Asks the group's leader to end, gives it two seconds, and ends whatever of the group is left. */
async function endProcessGroup(leader: number): Promise<void> {
  signal(leader, "SIGTERM");
  const deadline = Date.now() + graceMilliseconds;
  while (signal(leader, 0) && Date.now() < deadline) await sleep(20);
  signal(-leader, "SIGKILL");
  while (signal(leader, 0) && Date.now() < deadline + graceMilliseconds) await sleep(20);
}

/** Sends a signal; false if there is no such process (or, for a negative id, no such group). */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Settings of an SDK client that calls an account of the embedded AWS: a 12-digit access key is the root of that account. */
export const clientSettings = (
  { endpoint }: Pick<EmbeddedAws, "endpoint">,
  account: string,
  clientRegion = region,
) => ({
  endpoint,
  region: clientRegion,
  credentials: { accessKeyId: account, secretAccessKey: "local" },
});

/** See `EmbeddedAws.environmentFor`. */
export function environmentFor(endpoint: string, account: string): Record<string, string | undefined> {
  if (!/^\d{12}$/.test(account)) {
    throw new Error(`an account's id must be 12 digits (given ${JSON.stringify(account)})`);
  }
  const inherited = Object.keys(process.env).filter((name) => name.startsWith("AWS_"));
  return {
    ...Object.fromEntries(inherited.map((name) => [name, undefined])),
    AWS_ENDPOINT_URL: endpoint,
    // A 12-digit access key is the root of that account, with any secret.
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
