import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { App } from "cdktf";
import type { Environment } from "../config/environment.ts";
import { BootstrapStack } from "./bootstrap-stack.ts";
import { MessagingStack } from "./messaging-stack.ts";

/**
 * Synthesizes environments that are compared but not deployed. Reads a JSON list of environments from standard input and
 * writes a JSON list of their stacks. It doesn't validate them: a mix of two environments' settings may be invalid.
 */
const environments = JSON.parse(await text(process.stdin)) as Environment[];
const output = mkdtempSync(join(tmpdir(), "parity-"));
try {
  const synthesized = environments.map((environment, index) => {
    const outdir = join(output, `${index}`);
    const app = new App({ outdir });
    const stacks = {
      bootstrap: new BootstrapStack(app, environment),
      messaging: new MessagingStack(app, environment),
    };
    app.synth();
    return Object.fromEntries(
      Object.entries(stacks).map(([name, { node }]) => [
        name,
        JSON.parse(readFileSync(join(outdir, "stacks", node.id, "cdk.tf.json"), "utf8")) as unknown,
      ]),
    );
  });
  process.stdout.write(JSON.stringify(synthesized));
} finally {
  rmSync(output, { recursive: true });
}
