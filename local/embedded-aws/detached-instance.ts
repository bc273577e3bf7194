import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  embeddedAws,
  type EmbeddedAws,
  type Instance,
  instanceSchema,
  isHealthy,
  stateFolder,
} from "./embedded-aws.ts";

const fileIn = (folder: string) => join(folder, "detached.json");

/**
 * Finds the instance that an earlier command left running, and removes `detached.json` if that instance has ended.
 *
 * @param folder of `detached.json`. Default: `.local/embedded-aws` in the project's folder.
 */
export async function findDetachedEmbeddedAws(folder = stateFolder): Promise<EmbeddedAws | undefined> {
  const instance = await readInstance(folder);
  if (instance && (await isHealthy(instance.endpoint))) return embeddedAws(instance, fileIn(folder));
  await rm(fileIn(folder), { force: true });
  return undefined;
}

/** Stores an instance that continues when this process ends, for `findDetachedEmbeddedAws`. */
export async function storeDetached(folder: string, instance: Instance): Promise<EmbeddedAws> {
  await writeFile(fileIn(folder), `${JSON.stringify(instance, undefined, 2)}\n`);
  return embeddedAws(instance, fileIn(folder));
}

async function readInstance(folder: string): Promise<Instance | undefined> {
  try {
    return instanceSchema.parse(JSON.parse(await readFile(fileIn(folder), "utf8")));
  } catch {
    return undefined;
  }
}
