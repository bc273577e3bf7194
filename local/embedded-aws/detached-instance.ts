import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import {
  embeddedAws,
  type EmbeddedAws,
  type Instance,
  instanceSchema,
  isHealthy,
  LAUNCHER,
  signal,
  stateFolder,
} from "./embedded-aws.ts";

const fileIn = (folder: string) => join(folder, "detached.json");

/**
 * Finds the instance that an earlier command left running, and removes `detached.json` if that instance has ended. One
 * that is too busy to answer has not.
 *
 * @param folder of `detached.json`. Default: `.local/embedded-aws` in the project's folder.
 */
export async function findDetachedEmbeddedAws(folder = stateFolder): Promise<EmbeddedAws | undefined> {
  const instance = await readInstance(folder);
  if (instance && ((await isHealthy(instance.endpoint)) || (await isAlive(instance))))
    return embeddedAws(instance, fileIn(folder));
  await rm(fileIn(folder), { force: true });
  return undefined;
}

/** Stores an instance that continues when this process ends, for `findDetachedEmbeddedAws`. */
export async function storeDetached(folder: string, instance: Instance): Promise<EmbeddedAws> {
  await writeFile(fileIn(folder), `${JSON.stringify(instance, undefined, 2)}\n`);
  return embeddedAws(instance, fileIn(folder));
}

/** Whether its process is still there, and is not another one that got its id. Where `ps` can't say, the id decides. */
async function isAlive({ pid }: Instance): Promise<boolean> {
  if (!signal(pid, 0)) return false;
  const { failed, stdout } = await execa("ps", ["-o", "args=", "-p", String(pid)], { reject: false });
  return failed || stdout.includes(LAUNCHER);
}

async function readInstance(folder: string): Promise<Instance | undefined> {
  try {
    return instanceSchema.parse(JSON.parse(await readFile(fileIn(folder), "utf8")));
  } catch {
    return undefined;
  }
}
