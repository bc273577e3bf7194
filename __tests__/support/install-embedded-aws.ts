import { installEmbeddedAws } from "../../local/embedded-aws/install.ts";

/** Installs the embedded AWS once, before all test files. If that fails, the tests that need it fail. */
export default async function installOnce(): Promise<void> {
  const onProgress = (message: string) => {
    console.error(`embedded AWS: ${message}`);
  };
  await installEmbeddedAws({ onProgress }).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
  });
}
