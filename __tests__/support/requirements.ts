import { describe } from "@jest/globals";
import { execaSync } from "execa";

const requirements = {
  terraform: {
    command: [process.env["TERRAFORM_BINARY_NAME"] ?? "terraform", "version"],
    what: "Terraform 1.10 or later",
  },
  python: {
    command: ["python3", "-c", "import ensurepip, venv"],
    what: "Python 3 with venv, for the embedded AWS",
  },
  aws: { command: ["aws", "--version"], what: "the AWS CLI" },
} as const;

/**
 * Defines a group of tests that needs installed tools. If one is missing, the group is skipped and its name says why;
 * with `CI=true` it fails instead.
 */
export function describeWith(
  needs: readonly (keyof typeof requirements)[],
  name: string,
  tests: () => void,
): void {
  const missing = needs
    .map((need) => requirements[need])
    .filter(
      ({ command: [program, ...parameters] }) => execaSync(program, parameters, { reject: false }).failed,
    )
    .map(({ what }) => what);
  if (missing.length === 0) describe(name, tests);
  else if (process.env["CI"] === "true") throw new Error(`${name}: needs ${missing.join(" and ")}`);
  else describe.skip(`${name} (skipped: needs ${missing.join(" and ")})`, tests);
}
