import { GetCommand, type QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { ReadClient } from "./read-client.ts";

/** How to reach a cluster. */
export interface DaxOptions {
  /** The cluster's endpoint: `daxs://<address>`, or `dax://<address>:8111` without TLS. */
  readonly endpoint: string;
  readonly region: string;
  /** Default: those of the environment, as everywhere in the SDK. */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** How long the cluster may take to answer. */
  readonly timeoutMilliseconds: number;
}

/** A client of a DAX cluster that takes the commands of the table's client; `close` ends its connections. */
export interface DaxClient extends ReadClient {
  close(): void;
}

/** Connects to a DAX cluster; its requests fail while it can't be reached. The package is loaded here, since it is large. */
export async function connectToDax(options: DaxOptions): Promise<DaxClient> {
  const { DaxDocument } = await withListeners("warning", () => import("@amazon-dax-sdk/lib-dax"));
  const { endpoint, region, credentials, timeoutMilliseconds } = options;
  const dax = new DaxDocument({
    endpoint,
    region,
    ...(credentials && { credentials }),
    requestTimeout: timeoutMilliseconds,
    connectTimeout: timeoutMilliseconds,
    // Who reads goes to the table instead.
    maxRetries: 0,
  });
  // It has no send(command).
  const send = (command: QueryCommand | GetCommand) =>
    command instanceof GetCommand ? dax.get(command.input) : dax.query(command.input);
  return {
    send,
    close: () => {
      end(dax);
    },
  };
}

/** Ends the connections, by a method that the types lack. */
const end = (dax: object) => {
  (dax as { shutdown(): void }).shutdown();
};

/** Loads a package that removes all listeners of an event of this process, and puts them back. */
async function withListeners<Module>(event: "warning", load: () => Promise<Module>): Promise<Module> {
  const listeners = process.listeners(event);
  const loaded = await load();
  for (const listener of listeners.filter((each) => !process.listeners(event).includes(each)))
    process.on(event, listener);
  return loaded;
}
