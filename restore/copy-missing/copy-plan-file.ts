import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../config/user-error.ts";
import { type CopyPlan, copyDigest } from "./plan-copy.ts";

const planSchema = z.object({
  table: z.enum(["messages", "users"]),
  restored: z.string(),
  live: z.string(),
  keys: z.array(z.object({ partition: z.string(), sort: z.string() })),
  digest: z.string(),
});

const fileOf = (folder: string, digest: string) => join(folder, `copy-${digest}.json`);

/** Keeps a plan, so that exactly that can be approved, and copied again where it stopped. @returns the file. */
export async function writeCopyPlan(folder: string, plan: CopyPlan): Promise<string> {
  const file = fileOf(folder, plan.digest);
  await mkdir(folder, { recursive: true });
  await writeFile(file, JSON.stringify(plan));
  return file;
}

/**
 * Reads the plan that was approved.
 * @throws UserError when there is none with this digest, or the file was changed.
 */
export async function readCopyPlan(folder: string, digest: string): Promise<CopyPlan> {
  const file = fileOf(folder, digest);
  const text = /^[0-9a-f]{64}$/.test(digest)
    ? await readFile(file, "utf8").catch(() => undefined)
    : undefined;
  if (text === undefined)
    throw new UserError(
      `There is no plan with the digest ${digest} on this machine: run --copy-missing without --approve, and approve the digest that it prints.`,
    );
  const plan = planSchema.parse(JSON.parse(text));
  if (copyDigest(plan) !== digest)
    throw new UserError(
      `${file} was changed: its keys no longer have the digest ${digest}. Run --copy-missing again.`,
    );
  return plan;
}
