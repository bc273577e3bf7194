import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A run of the workflow that makes releases. */
export const RUN = "https://github.com/owner/name/actions/runs/1/attempts/1";

/** What `gh attestation verify --format json` answers, less what isn't read. */
export const answerFor = (commit: string, predicateType = "https://slsa.dev/provenance/v1") =>
  JSON.stringify([
    {
      attestation: { bundle: {} },
      verificationResult: {
        statement: { predicateType, subject: [{ name: "release.zip", digest: { sha256: "…" } }] },
        signature: { certificate: { sourceRepositoryDigest: commit, runInvocationURI: RUN } },
      },
    },
  ]);

/**
 * Puts a stand-in for `gh` into a folder: the real one needs GitHub. It keeps its parameters in `asked` and the file to
 * verify in `verified.zip`, prints an answer and ends with an exit code.
 *
 * @returns the variables of a job of GitHub Actions that finds it.
 */
export function jobWithVerifier(folder: string, answer: string, exitCode = 0) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "answer"), answer);
  const script = [
    "#!/bin/sh",
    `printf '%s\\n' "$@" > '${folder}/asked'`,
    `cp "$3" '${folder}/verified.zip'`,
    `cat '${folder}/answer' >&${exitCode === 0 ? 1 : 2}`,
    `exit ${exitCode}`,
  ];
  writeFileSync(join(folder, "gh"), `${script.join("\n")}\n`);
  chmodSync(join(folder, "gh"), 0o755);
  return {
    GITHUB_ACTIONS: "true",
    GITHUB_REPOSITORY: "owner/name",
    PATH: [folder, process.env["PATH"]].join(delimiter),
  };
}
