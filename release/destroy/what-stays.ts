import type { Environment } from "../../config/environment.ts";
import { stackNames } from "../../config/names.ts";
import type { ResourceChangeJson } from "../../terraform/plan-json.ts";
import { deletedKeys } from "./losses.ts";

/** Describes what a destroyed environment leaves in its account, and how to get rid of it. */
export function describeWhatStays(
  { name, state }: Environment,
  goes: readonly ResourceChangeJson[],
): string[] {
  const { bootstrap } = stackNames(name);
  return [
    "What stays:",
    `  the bucket ${state.bucket}: the state's history, the releases and the evidence of their deployments`,
    `  the rest of the stack ${bootstrap}: that bucket's key, the permissions boundary and the pipeline's roles. No command removes it; how to do that by hand: docs/runbook.md#destroy`,
    ...deletedKeys(goes).map(
      ({ id, waitingDays }) =>
        `  the KMS key ${id}, until ${dateIn(waitingDays)}. To keep it: aws kms cancel-key-deletion --key-id ${id}`,
    ),
    `To deploy ${name} again: npm run deploy -- ${name} --release <path>`,
  ];
}

const DAY_MILLISECONDS = 86_400_000;

const dateIn = (days: number) => new Date(Date.now() + days * DAY_MILLISECONDS).toISOString().slice(0, 10);
