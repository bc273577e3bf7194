import { findDetachedEmbeddedAws } from "./embedded-aws/detached-instance.ts";
import { removeShellFiles, SHELL_VARIABLES } from "./shell-files.ts";

/**
 * Stops the embedded AWS that an earlier command left running, and says which shells still have its variables.
 * @param folder of `detached.json` and of the files for shells. Default: `.local/embedded-aws` in the project's folder.
 */
export async function stop(folder?: string): Promise<void> {
  const instance = await findDetachedEmbeddedAws(folder);
  await instance?.stop();
  console.log(instance ? `Stopped the embedded AWS at ${instance.endpoint}.` : "No embedded AWS is running.");
  const files = removeShellFiles(folder);
  const isSetHere = instance !== undefined && process.env["AWS_ENDPOINT_URL"] === instance.endpoint;
  if (isSetHere) console.log("This shell has AWS_ENDPOINT_URL set to it, where nothing answers any more.");
  if (isSetHere || files.length > 0)
    console.log(
      `In ${isSetHere ? "this shell, and in any other" : "every shell"} that sourced ${files.join(" or ") || "its variables"}: unset ${SHELL_VARIABLES.join(" ")}`,
    );
}
