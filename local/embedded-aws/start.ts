import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { createServer, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { answers, embeddedAws, stateFolder, type EmbeddedAws } from "./embedded-aws.ts";
import { installEmbeddedAws } from "./install.ts";
import { keep, findDetachedEmbeddedAws } from "./detached-instance.ts";

export interface StartOptions {
  /** Corrections to leave out, by their names in `corrections.py`. Default: none. */
  readonly without?: readonly string[];
  /** Whether it goes on when this process ends; it's then found by `findDetachedEmbeddedAws`. Default: false. */
  readonly detached?: boolean;
  /** Where its logs go, and the note of a detached one. Default: `.local/embedded-aws` under the project's root. */
  readonly folder?: string;
  /** Told what is being done, in a few words. */
  readonly onProgress?: (message: string) => void;
}

const readyWithinMilliseconds = 30_000;
const logsKept = 50;
const linesOfLogShown = 20;

/**
 * Starts an embedded AWS on a free port of 127.0.0.1, empty, and waits until it answers (about a second). Installs
 * it first if need be.
 *
 * It ends with this process, however that ends, since it lives only as long as the pipe to it is open: there is
 * nothing to register, and not even `kill -9` leaves it behind. It doesn't keep this process from ending.
 *
 * @throws if it can't be installed, doesn't answer within 30 seconds or ends early (with its log's last lines and
 * the log's path); with `detached` also if one is kept already
 */
export async function startEmbeddedAws(options: StartOptions = {}): Promise<EmbeddedAws> {
  const { without = [], detached = false, folder = stateFolder, onProgress = () => undefined } = options;
  if (detached) await refuseSecond(folder);
  const python = await installEmbeddedAws({ onProgress });

  onProgress("starting");
  const port = await freePort();
  // Under the system's folder for temporary files: under the project's root, a function would find the project's
  // own node_modules and package.json.
  const runFolder = await mkdtemp(join(tmpdir(), "embedded-aws-run-"));
  const logFile = await newLog(folder, port);
  const flags = [...without.flatMap((name) => ["--without", name]), ...(detached ? ["--detached"] : [])];
  const server = launch(python, flags, { port, runFolder, logFile });
  if (server.pid === undefined)
    throw new Error(`${python} can't be run`, { cause: await once(server, "error") });

  const endpoint = `http://127.0.0.1:${port}`;
  const instance = { endpoint, pid: server.pid, logFile, runFolder };
  const started = embeddedAws(instance, () => Promise.resolve());
  if (!(await untilReady(server, endpoint))) {
    const what = hasEnded(server) ? "ended before it answered" : "didn't answer within 30 seconds";
    await started.stop();
    throw new Error(`the embedded AWS ${what}. The end of its log, ${logFile}:\n${await endOf(logFile)}`);
  }
  return detached ? await keep(folder, instance) : started;
}

function launch(python: string, flags: string[], run: { port: number; runFolder: string; logFile: string }) {
  const { port, runFolder, logFile } = run;
  const log = openSync(logFile, "a");
  const server = spawn(python, [join(import.meta.dirname, "launch.py"), ...flags], {
    // Nothing of this process's settings reaches the server, which has many, or the functions in it.
    env: { PATH: process.env["PATH"], HOME: runFolder, TMPDIR: runFolder, GATEWAY_PORT: String(port) },
    stdio: ["pipe", log, log],
    // Leads a process group of its own, so that a Ctrl-C for this process doesn't reach it first.
    detached: true,
  });
  closeSync(log);
  // Neither the server nor the pipe to it keeps this process from ending.
  server.unref();
  if (server.stdin instanceof Socket) server.stdin.unref();
  return server;
}

async function refuseSecond(folder: string): Promise<void> {
  const kept = await findDetachedEmbeddedAws(folder);
  if (kept !== undefined) {
    throw new Error(
      `an embedded AWS is kept running already: ${kept.endpoint}, pid ${kept.pid}. Use or stop it`,
    );
  }
}

async function untilReady(server: ChildProcess, endpoint: string): Promise<boolean> {
  const deadline = Date.now() + readyWithinMilliseconds;
  while (!hasEnded(server) && Date.now() < deadline) {
    if (await answers(endpoint)) return true;
    await sleep(50);
  }
  return false;
}

function hasEnded(server: ChildProcess): boolean {
  return server.exitCode !== null || server.signalCode !== null;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === "object") resolve(address.port);
        else reject(new Error("no free port on 127.0.0.1"));
      });
    });
  });
}

/** A new log's path, with the oldest logs removed so that the last fifty remain. */
async function newLog(folder: string, port: number): Promise<string> {
  const logs = join(folder, "logs");
  await mkdir(logs, { recursive: true });
  const oldest = (await readdir(logs)).sort().slice(0, -(logsKept - 1));
  await Promise.all(oldest.map((name) => rm(join(logs, name), { force: true })));
  const time = new Date().toISOString().replaceAll(":", "-").slice(0, 19);
  return join(logs, `${time}-port-${port}.log`);
}

async function endOf(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, "utf8")).trimEnd().split("\n");
  return lines.slice(-linesOfLogShown).join("\n");
}
