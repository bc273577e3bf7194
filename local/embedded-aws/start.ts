import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { type AddressInfo, createServer, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { embeddedAws, isHealthy, LAUNCHER, stateFolder, type EmbeddedAws } from "./embedded-aws.ts";
import { installEmbeddedAws } from "./install.ts";
import { findDetachedEmbeddedAws, storeDetached } from "./detached-instance.ts";

export interface StartOptions {
  /** Names of the corrections in `corrections.py` to leave out. Default: none. */
  readonly without?: readonly string[];
  /** Whether it continues when this process ends; `findDetachedEmbeddedAws` then finds it. Default: false. */
  readonly detached?: boolean;
  /** Folder of its logs and of `detached.json`. Default: `.local/embedded-aws` in the project's folder. */
  readonly folder?: string;
  /** Called with a short description of each step. */
  readonly onProgress?: (message: string) => void;
}

const startTimeoutMilliseconds = 30_000;
const maximumLogs = 50;
const logLinesInError = 20;

/**
 * Starts an empty embedded AWS on a free port of 127.0.0.1 and waits until it responds (about a second). Installs it if
 * needed.
 *
 * Unless `detached`, it stops when this process ends, even by `kill -9`, because it watches the pipe to this process. It
 * doesn't keep this process from ending.
 *
 * @throws Error if it can't be installed, doesn't respond within 30 seconds or ends early; with `detached`, also if a
 * detached one is running
 */
export async function startEmbeddedAws(options: StartOptions = {}): Promise<EmbeddedAws> {
  const { without = [], detached = false, folder = stateFolder, onProgress = () => undefined } = options;
  const running = detached ? await findDetachedEmbeddedAws(folder) : undefined;
  if (running)
    throw new Error(
      `a detached embedded AWS is already running at ${running.endpoint}, pid ${running.pid}. Stop it: npm stop`,
    );
  const python = await installEmbeddedAws({ onProgress });

  onProgress("starting");
  const port = await freePort();
  // Not in the project's folder, where a function would find the project's node_modules and package.json.
  const runFolder = await mkdtemp(join(tmpdir(), "embedded-aws-run-"));
  const logFile = await createLogFile(folder, port);
  const flags = [...without.flatMap((name) => ["--without", name]), ...(detached ? ["--detached"] : [])];
  const server = spawnServer(python, flags, port, runFolder, logFile);
  if (server.pid === undefined)
    throw new Error(`${python} can't be run`, { cause: await once(server, "error") });

  const endpoint = `http://127.0.0.1:${port}`;
  const instance = { endpoint, pid: server.pid, logFile, runFolder };
  const started = embeddedAws(instance);
  if (!(await becomesHealthy(server, endpoint))) {
    const what = hasEnded(server) ? "ended before it responded" : "didn't respond within 30 seconds";
    await started.stop();
    const log = (await readFile(logFile, "utf8")).trimEnd().split("\n");
    const lastLines = log.slice(-logLinesInError).join("\n");
    throw new Error(`the embedded AWS ${what}. The last lines of its log, ${logFile}:\n${lastLines}`);
  }
  return detached ? await storeDetached(folder, instance) : started;
}

function spawnServer(python: string, flags: string[], port: number, runFolder: string, logFile: string) {
  const log = openSync(logFile, "a");
  const server = spawn(python, [LAUNCHER, ...flags], {
    // Don't pass this process's environment: its variables could change the settings of the server or its functions.
    env: {
      PATH: process.env["PATH"],
      HOME: runFolder,
      TMPDIR: runFolder,
      GATEWAY_PORT: String(port),
      // Functions run with the Node.js that is here. Lambda's is newer, where the SDK has nothing to warn of.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    },
    stdio: ["pipe", log, log],
    // In a process group of its own, so that Ctrl-C stops only this process, which then stops the server.
    detached: true,
  });
  closeSync(log);
  // The server and the pipe to it don't keep this process from ending.
  server.unref();
  if (server.stdin instanceof Socket) server.stdin.unref();
  return server;
}

async function becomesHealthy(server: ChildProcess, endpoint: string): Promise<boolean> {
  const deadline = Date.now() + startTimeoutMilliseconds;
  while (!hasEnded(server) && Date.now() < deadline) {
    if (await isHealthy(endpoint)) return true;
    await sleep(50);
  }
  return false;
}

function hasEnded(server: ChildProcess): boolean {
  return server.exitCode !== null || server.signalCode !== null;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await once(server.close(), "close");
  return port;
}

/** Chooses the path of a new log file, and removes the oldest log files. */
async function createLogFile(folder: string, port: number): Promise<string> {
  const logs = join(folder, "logs");
  await mkdir(logs, { recursive: true });
  const oldest = (await readdir(logs)).sort().slice(0, -(maximumLogs - 1));
  await Promise.all(oldest.map((name) => rm(join(logs, name), { force: true })));
  const time = new Date().toISOString().replaceAll(":", "-").slice(0, 19);
  return join(logs, `${time}-port-${port}.log`);
}
