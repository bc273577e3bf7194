import { existsSync, readFileSync, writeFileSync } from "node:fs";
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
  const override = { ...OVERRIDE, ...readNothing(run.folder) };
  writeFileSync(join(run.folder, OFFLINE_OVERRIDE), JSON.stringify(override));
  // Credentials, profile, endpoint.
  const awsVariables = Object.keys(process.env).filter((name) => name.startsWith("AWS_"));
  const withoutAws = Object.fromEntries(awsVariables.map((name) => [name, undefined]));
  return { ...run, env: { ...run.env, ...withoutAws } };
}

/** Leaves out every data source of a stack, which would ask AWS: the stack finds nothing, as before its first deployment. */
function readNothing(folder: string): object {
  const stack = join(folder, "cdk.tf.json");
  if (!existsSync(stack)) return {};
  const { data } = JSON.parse(readFileSync(stack, "utf8")) as { data?: Record<string, object> };
  if (data === undefined) return {};
  const none = (names: object) =>
    Object.fromEntries(Object.keys(names).map((name) => [name, [{ count: 0 }]]));
  return {
    data: Object.fromEntries(Object.entries(data).map(([type, names]) => [type, none(names)])),
  };
}
