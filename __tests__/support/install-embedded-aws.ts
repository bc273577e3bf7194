import { installEmbeddedAws } from "../../local/embedded-aws/install.ts";

/** Before the first test: what the embedded AWS needs, once for all test files; where it can't be had, they say so. */
export default async function installOnce(): Promise<void> {
  const onProgress = (message: string) => {
    console.error(`embedded AWS: ${message}`);
  };
  await installEmbeddedAws({ onProgress }).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
  });
}
