import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { isHealthy, embeddedAws, stateFolder, type EmbeddedAws, type Instance } from "./embedded-aws.ts";

const instanceSchema = z.object({
  endpoint: z.url(),
  pid: z.int().positive(),
  logFile: z.string(),
  runFolder: z.string(),
});

/**
 * Finds the instance that an earlier command left running, and removes `detached.json` if that instance has ended.
 *
 * @param folder of `detached.json`. Default: `.local/embedded-aws` in the project's folder.
 */
export async function findDetachedEmbeddedAws(
  folder: string = stateFolder,
): Promise<EmbeddedAws | undefined> {
  const instance = await readInstance(folder);
  if (instance !== undefined && (await isHealthy(instance.endpoint)))
    return detachedEmbeddedAws(folder, instance);
  await rm(fileIn(folder), { force: true });
  return undefined;
}

/** Stores an instance that continues when this process ends, for `findDetachedEmbeddedAws`. */
export async function storeDetached(folder: string, instance: Instance): Promise<EmbeddedAws> {
  await writeFile(fileIn(folder), `${JSON.stringify(instance, undefined, 2)}\n`);
  return detachedEmbeddedAws(folder, instance);
}

const fileIn = (folder: string) => join(folder, "detached.json");

function detachedEmbeddedAws(folder: string, instance: Instance): EmbeddedAws {
  return embeddedAws(instance, () => rm(fileIn(folder), { force: true }));
}

async function readInstance(folder: string): Promise<Instance | undefined> {
  try {
    return instanceSchema.parse(JSON.parse(await readFile(fileIn(folder), "utf8")));
  } catch {
    return undefined;
  }
}
