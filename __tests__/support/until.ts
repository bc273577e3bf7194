import { setTimeout as sleep } from "node:timers/promises";

/** Waits until a condition holds. @throws Error if it doesn't within 15 seconds. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error("not within 15 seconds");
    await sleep(20);
  }
}
