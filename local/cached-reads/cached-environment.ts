import type { Environment } from "../../config/environment.ts";

/** How long the local cache keeps results of queries: as long as somebody likes to wait for a message to be seen. */
const QUERY_SECONDS = 3;

/** The environment with a cache: its own, or else a small one. */
export const withCache = (environment: Environment): Environment => ({
  ...environment,
  cache: environment.cache ?? {
    nodeType: "dax.t3.small",
    nodes: environment.protected ? 3 : 1,
    querySeconds: QUERY_SECONDS,
  },
});
