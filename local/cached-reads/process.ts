import { type CacheToRead, readThroughCache } from "./read-through-cache.ts";

// A process of its own, since only the start of Node.js reads which certificate authorities it trusts.
const cache = JSON.parse(process.argv[2] ?? "{}") as CacheToRead;
console.log(JSON.stringify(await readThroughCache(cache)));
