import { findDetachedEmbeddedAws } from "./embedded-aws/detached-instance.ts";

const embeddedAws = await findDetachedEmbeddedAws();
await embeddedAws?.stop();
console.log(
  embeddedAws ? `Stopped the embedded AWS at ${embeddedAws.endpoint}.` : "No embedded AWS is running.",
);
