import { once } from "node:events";
import { join } from "node:path";
import { execa } from "execa";
import { projectFolder } from "../../config/project-folder.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { installEmbeddedAws } from "../../local/embedded-aws/install.ts";
import { CachedReader, type CachedReaderOptions } from "../../messaging/cache/cached-reader.ts";
import type { ReadClient } from "../../messaging/cache/read-client.ts";
import { ACCOUNT } from "./messages-table.ts";

export interface NodeOptions {
  /** Default: a free one. */
  readonly port?: number;
  readonly itemMilliseconds: number;
  readonly queryMilliseconds: number;
}

/** A DAX node in a process of its own. */
export interface DaxNode {
  readonly endpoint: string;
  readonly port: number;
  /** Sends it a signal. */
  kill(signal: NodeJS.Signals): void;
}

/** The credentials that the node takes: those of the account's root user. */
export const credentials = { accessKeyId: ACCOUNT, secretAccessKey: "local" };

/** Starts a DAX node before the embedded AWS, for the root user of the tests' account. */
export async function startDaxNode(aws: EmbeddedAws, options: NodeOptions): Promise<DaxNode> {
  const { port = 0, itemMilliseconds, queryMilliseconds } = options;
  const python = await installEmbeddedAws();
  const node = execa(
    python,
    [
      ...["-m", "dax", "--port", `${port}`, "--endpoint-url", aws.endpoint, "--region", "ca-central-1"],
      ...["--record-ttl-millis", `${itemMilliseconds}`, "--query-ttl-millis", `${queryMilliseconds}`],
    ],
    {
      cwd: join(projectFolder, "local"),
      env: {
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        PYTHONDONTWRITEBYTECODE: "1",
      },
      reject: false,
    },
  );
  const first = await Promise.race([once(node.stdout, "data"), node]);
  if (!Array.isArray(first)) throw new Error(`the DAX node didn't start: ${first.stderr}`);
  const endpoint = String(first[0]).trim();
  return {
    endpoint,
    port: Number(new URL(endpoint).port),
    kill: (signal) => {
      node.kill(signal);
    },
  };
}

/** A reader through a node, for patterns that bear a second. */
export const readThrough = (node: DaxNode, table: ReadClient, options: Partial<CachedReaderOptions>) =>
  new CachedReader({
    table,
    endpoint: node.endpoint,
    region: "ca-central-1",
    credentials,
    timesToLive: { item: 1, query: 1 },
    ...options,
  });
