import { findDetachedEmbeddedAws } from "./embedded-aws/detached-instance.ts";

const instance = await findDetachedEmbeddedAws();
await instance?.stop();
console.log(instance ? `Stopped the embedded AWS at ${instance.endpoint}.` : "No embedded AWS is running.");
