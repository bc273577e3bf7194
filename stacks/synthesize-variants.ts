import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { App } from "cdktf";
import type { Environment } from "../config/environment.ts";
import { BootstrapStack } from "./bootstrap-stack.ts";
import { MessagingStack } from "./messaging-stack.ts";

/**
 * An app as `main.ts` is, for environments that nobody deploys: a JSON list of them comes in, the list of their
 * stacks goes out. They are not checked: on the way from one environment to another, rules may be broken.
 */
const environments = JSON.parse(await text(process.stdin)) as Environment[];
const output = mkdtempSync(join(tmpdir(), "parity-"));
try {
  const stacks = environments.map((environment, index) => {
    const outdir = join(output, `${index}`);
    const app = new App({ outdir });
    const made = {
      bootstrap: new BootstrapStack(app, environment),
      messaging: new MessagingStack(app, environment),
    };
    app.synth();
    return Object.fromEntries(
      Object.entries(made).map(([stack, { node }]) => [
        stack,
        JSON.parse(readFileSync(join(outdir, "stacks", node.id, "cdk.tf.json"), "utf8")) as unknown,
      ]),
    );
  });
  process.stdout.write(JSON.stringify(stacks));
} finally {
  rmSync(output, { recursive: true });
}
