import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { answers, embeddedAws, stateFolder, type EmbeddedAws, type Instance } from "./embedded-aws.ts";

const instanceSchema = z.object({
  endpoint: z.url(),
  pid: z.int().positive(),
  logFile: z.string(),
  runFolder: z.string(),
});

/**
 * The instance that an earlier command left running, if it still answers. Its `stop` also forgets it. The note of
 * an instance that is gone is removed.
 *
 * @param folder where the note is. Default: `.local/embedded-aws` under the project's root.
 */
export async function findDetachedEmbeddedAws(
  folder: string = stateFolder,
): Promise<EmbeddedAws | undefined> {
  const instance = await readNote(folder);
  if (instance !== undefined && (await answers(instance.endpoint))) return kept(folder, instance);
  await rm(noteIn(folder), { force: true });
  return undefined;
}

/** Notes an instance that goes on when this command ends, for the commands after it. */
export async function keep(folder: string, instance: Instance): Promise<EmbeddedAws> {
  await writeFile(noteIn(folder), `${JSON.stringify(instance, undefined, 2)}\n`);
  return kept(folder, instance);
}

const noteIn = (folder: string) => join(folder, "detached.json");

function kept(folder: string, instance: Instance): EmbeddedAws {
  return embeddedAws(instance, () => rm(noteIn(folder), { force: true }));
}

async function readNote(folder: string): Promise<Instance | undefined> {
  try {
    return instanceSchema.parse(JSON.parse(await readFile(noteIn(folder), "utf8")));
  } catch {
    return undefined;
  }
}
