import { installEmbeddedAws } from "../../local/embedded-aws/install.ts";

/**
 * Installs the embedded AWS once, before a run of all tests; a test file that is run by its name installs it only if it
 * starts one. If that fails, the tests that need it fail.
 */
export default async function installOnce(run: { nonFlagArgs: readonly string[] }): Promise<void> {
  if (run.nonFlagArgs.length > 0) return;
  const onProgress = (message: string) => {
    console.error(`embedded AWS: ${message}`);
  };
  await installEmbeddedAws({ onProgress }).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
  });
}
