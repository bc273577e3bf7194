import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../config/environment.ts";
import { loadEnvironments } from "../../config/load-environments.ts";
import { stackNames } from "../../config/names.ts";
import { stackCode, synthesize } from "../../terraform/synthesize.ts";
import { mermaid } from "./markdown.ts";
import { drawStack, type Resources } from "./stack-picture.ts";

/** A picture of every environment: what its two stacks consist of, as they are synthesized. */
export async function environmentPictures(): Promise<string> {
  const output = mkdtempSync(join(tmpdir(), "pictures-"));
  try {
    await synthesize(output, { AWS_ENDPOINT_URL: undefined });
    return loadEnvironments()
      .map((environment) => pictureOf(environment, output))
      .join("\n\n");
  } finally {
    rmSync(output, { recursive: true });
  }
}

function pictureOf({ name, region, account, protected: isProtected }: Environment, output: string): string {
  const stacks = Object.values(stackNames(name)).flatMap((stack) =>
    drawStack(stack, resourcesOf(stack, output)),
  );
  const place = `${region}, account ${account ?? "of the first deployment"}`;
  return [
    `## ${name}`,
    `In ${place}. ${isProtected ? "Protected: it holds data that must not be lost." : "Not protected: its data can be deleted."}`,
    mermaid(["flowchart LR", ...stacks]),
  ].join("\n\n");
}

function resourcesOf(stack: string, output: string): Resources {
  return (JSON.parse(readFileSync(stackCode(stack, output), "utf8")) as { resource: Resources }).resource;
}
