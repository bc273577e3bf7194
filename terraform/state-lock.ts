import { TerraformError } from "./terraform.ts";

/** A lock on a state, as Terraform says it: https://developer.hashicorp.com/terraform/language/state/locking */
export interface StateLock {
  readonly id: string;
  /** User and machine. */
  readonly who: string;
  readonly operation: string;
  readonly created: string;
}

/** The lock that Terraform could not get past; undefined if the error is another. */
export function lockIn(error: unknown): StateLock | undefined {
  if (!(error instanceof TerraformError) || !error.message.includes("Error acquiring the state lock"))
    return undefined;
  const field = (label: string) =>
    new RegExp(`^\\s*${label}:\\s+(.+)$`, "m").exec(error.message)?.[1] ?? "unknown";
  return { id: field("ID"), who: field("Who"), operation: field("Operation"), created: field("Created") };
}

/** Whether a saved plan was refused because the state has changed since it was made. */
export const isStale = (error: unknown) =>
  error instanceof TerraformError && error.message.includes("Saved plan is stale");
