import { keptEmbeddedAws } from "./embedded-aws/kept.ts";

const kept = await keptEmbeddedAws();
await kept?.stop();
console.log(kept ? `Stopped the embedded AWS at ${kept.endpoint}.` : "No embedded AWS is running.");
