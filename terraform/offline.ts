import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Variables } from "../config/account-access.ts";
import type { StackRun } from "./terraform.ts";

/** Read after that of an endpoint, whose settings for the backend it replaces. */
const OFFLINE_OVERRIDE = "offline_override.tf.json";

/** The real provider, but for what it asks AWS before anything else; and a state that is empty. */
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

/** Makes of a stack's run one that needs neither credentials nor AWS, and plans from nothing. */
export function makeOffline(run: StackRun): StackRun {
  writeFileSync(join(run.folder, OFFLINE_OVERRIDE), JSON.stringify(OVERRIDE));
  return { ...run, env: { ...run.env, ...withoutAws() } };
}

/** Whatever credentials, profile or endpoint are set have no part in it. */
const withoutAws = (): Variables =>
  Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => name.startsWith("AWS_"))
      .map((name) => [name, undefined]),
  );
