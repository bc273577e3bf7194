import { execa } from "execa";
import { timesToLive } from "../../config/cache-times.ts";
import type { Environment } from "../../config/environment.ts";
import { namesOf } from "../../config/names.ts";
import { projectFolder } from "../../config/project-folder.ts";
import { UserError } from "../../config/user-error.ts";
import { localAccount } from "../accounts.ts";
import { findDetachedEmbeddedAws } from "../embedded-aws/detached-instance.ts";
import type { EmbeddedAws } from "../embedded-aws/embedded-aws.ts";
import type { CachedReads, CacheToRead } from "./read-through-cache.ts";
import { cachedReadsReport } from "./report.ts";

/**
 * The instance of the embedded AWS at an endpoint, whose clusters' certificates can be checked.
 * @throws UserError if another command has started it.
 */
export async function instanceAt(endpoint: string): Promise<EmbeddedAws> {
  const instance = await findDetachedEmbeddedAws();
  if (instance?.endpoint === endpoint) return instance;
  throw new UserError(
    `The cache can be read only in an embedded AWS that npm start has made here, and ${endpoint} is another: nothing says how to check its certificate. Unset AWS_ENDPOINT_URL.`,
  );
}

/** Reads through the cache of a deployed environment, and returns lines that describe it. */
export async function tellOfCache(
  environment: Environment,
  endpoint: string,
  aws: EmbeddedAws,
): Promise<{ readonly lines: readonly string[]; readonly outcome: string }> {
  const names = namesOf(environment);
  const times = timesToLive(environment.cache ?? {});
  const cache: CacheToRead = {
    endpoint,
    clusterName: names.cache,
    tableName: names.tables.messages,
    region: environment.region,
    timesToLive: times,
  };
  const { exitCode, stdout, stderr } = await execa(
    "node",
    ["--import", "./typescript.mjs", "local/cached-reads/process.ts", JSON.stringify(cache)],
    { cwd: projectFolder, env: aws.environmentFor(localAccount(environment)), reject: false },
  );
  if (exitCode !== 0) throw new UserError(`The cache could not be read:\n${stderr}`);
  const reads = JSON.parse(stdout) as CachedReads;
  return {
    lines: cachedReadsReport(environment.name, reads, times),
    outcome: `a message sent past it was seen after ${(reads.seenAfterMilliseconds / 1_000).toFixed(1)} s`,
  };
}
