import { findDetachedEmbeddedAws } from "./embedded-aws/detached-instance.ts";

const kept = await findDetachedEmbeddedAws();
await kept?.stop();
console.log(kept ? `Stopped the embedded AWS at ${kept.endpoint}.` : "No embedded AWS is running.");
