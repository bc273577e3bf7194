import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import type { EnvironmentLiteral } from "../../config/environment.ts";
import { loadEnvironments } from "../../config/load-environments.ts";
import { BootstrapStack } from "../../stacks/bootstrap-stack.ts";
import { MessagingStack } from "../../stacks/messaging-stack.ts";

/** A synthesized resource. */
export interface Resource {
  readonly type: string;
  /** Construct path, for example "messaging-dev/network/vpc". */
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A synthesized stack. */
export interface Synthesized {
  readonly json: Readonly<Record<string, unknown>>;
  readonly resources: readonly Resource[];
  ofType(type: string): Resource[];
  /** The only resource of a type whose path ends with `pathEnd`. */
  one(type: string, pathEnd?: string): Resource["values"];
}

/** Validates an environment and synthesizes its messaging stack. */
export const synthesizeMessaging = (literal: EnvironmentLiteral) => synthesize(literal, MessagingStack);

/** Validates an environment and synthesizes its bootstrap stack. */
export const synthesizeBootstrap = (literal: EnvironmentLiteral) => synthesize(literal, BootstrapStack);

type StackClass = typeof MessagingStack | typeof BootstrapStack;

function synthesize(literal: EnvironmentLiteral, Stack: StackClass): Synthesized {
  const json = synthesizedJson(literal, Stack);
  const byType = (json["resource"] ?? {}) as Record<string, Record<string, Resource["values"]>>;
  const resources = Object.entries(byType).flatMap(([type, named]) =>
    Object.values(named).map((values) => ({
      type,
      path: (values["//"] as { metadata: { path: string } }).metadata.path,
      values,
    })),
  );
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const one = (type: string, pathEnd = "") => {
    const [found, ...more] = ofType(type).filter(({ path }) => path.endsWith(pathEnd));
    if (!found || more.length > 0) throw new Error(`not one ${type} ends in "${pathEnd}"`);
    return found.values;
  };
  return { json, resources, ofType, one };
}

function synthesizedJson(literal: EnvironmentLiteral, Stack: StackClass): Synthesized["json"] {
  const [environment] = loadEnvironments({ [literal.name]: literal });
  if (!environment) throw new Error("no environment");
  const outdir = mkdtempSync(join(tmpdir(), "synthesized-"));
  try {
    const app = new App({ outdir });
    const { id } = new Stack(app, environment).node;
    app.synth();
    const file = join(outdir, "stacks", id, "cdk.tf.json");
    return JSON.parse(readFileSync(file, "utf8")) as Synthesized["json"];
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** A statement of a policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}

/** Parses a synthesized policy. Its Terraform expressions may contain quotes. */
export function statementsIn(policy: string): Statement[] {
  const readable = policy.replaceAll(/\$\{[^}]*\}/g, (expression) => expression.replaceAll('"', "'"));
  return (JSON.parse(readable) as { Statement: Statement[] }).Statement;
}
