import { findDetachedEmbeddedAws } from "./embedded-aws/detached-instance.ts";

/** Stops the embedded AWS that an earlier command left running. */
export async function stop(): Promise<void> {
  const instance = await findDetachedEmbeddedAws();
  await instance?.stop();
  console.log(instance ? `Stopped the embedded AWS at ${instance.endpoint}.` : "No embedded AWS is running.");
}
