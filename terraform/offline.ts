import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StackRun } from "./terraform.ts";

/** Read after the endpoint's override, whose backend settings it replaces. */
const OFFLINE_OVERRIDE = "offline_override.tf.json";

/** Keeps the provider from calling AWS when it is configured, and begins with an empty state. */
const OVERRIDE = {
  provider: {
    aws: [
      {
        access_key: "offline",
        secret_key: "offline",
        allowed_account_ids: [],
        skip_credentials_validation: true,
        skip_metadata_api_check: true,
        skip_requesting_account_id: true,
      },
    ],
  },
  terraform: { backend: { local: {} } },
};

/** Changes a stack's run so that it plans from an empty state, without credentials and without AWS. */
export function makeOffline(run: StackRun): StackRun {
  writeFileSync(join(run.folder, OFFLINE_OVERRIDE), JSON.stringify(OVERRIDE));
  // Credentials, profile, endpoint.
  const awsVariables = Object.keys(process.env).filter((name) => name.startsWith("AWS_"));
  const withoutAws = Object.fromEntries(awsVariables.map((name) => [name, undefined]));
  return { ...run, env: { ...run.env, ...withoutAws } };
}
