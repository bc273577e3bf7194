import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { UserError } from "../config/user-error.ts";
import { zipFolder } from "./archive.ts";
import type { Evidence } from "./evidence.ts";
import type { Release } from "./release.ts";

/** Who made a release's archive, as GitHub attests it. */
export type Provenance = NonNullable<Evidence["provenance"]>;

/** What the archive is attested to be: https://slsa.dev/spec/v1.0/provenance */
const PREDICATE_TYPE = "https://slsa.dev/provenance/v1";

/** The workflow that makes releases, and the branch that it makes them of. */
const WORKFLOW = ".github/workflows/deploy.yml";
const BRANCH = "refs/heads/main";

/** The part of the verifier's answer that a workflow can't write itself: https://cli.github.com/manual/gh_attestation_verify */
const answerSchema = z.tuple(
  [
    z.object({
      verificationResult: z.object({
        statement: z.object({ predicateType: z.literal(PREDICATE_TYPE) }),
        signature: z.object({
          certificate: z.object({ sourceRepositoryDigest: z.string(), runInvocationURI: z.url() }),
        }),
      }),
    }),
  ],
  z.unknown(),
);

/**
 * In a job of GitHub Actions, verifies with GitHub's own verifier that this repository's Deploy workflow made the
 * release's archive from its commit of main.
 * @returns null outside GitHub Actions, where nothing is verified.
 * @throws UserError when that is not attested, or can't be verified.
 */
export async function verifyProvenance(
  release: Release,
  onProgress?: (message: string) => void,
): Promise<Provenance | null> {
  const { GITHUB_ACTIONS, GITHUB_REPOSITORY = "" } = process.env;
  if (GITHUB_ACTIONS !== "true") {
    onProgress?.("Not in GitHub Actions: there is no attestation to verify here, and the evidence says so");
    return null;
  }
  const provenance = readAnswer(await askVerifier(release, GITHUB_REPOSITORY), release);
  onProgress?.(`Attested by GitHub: made from commit ${provenance.commit} by ${provenance.run}`);
  return provenance;
}

/** @returns the verifier's answer. */
async function askVerifier(release: Release, repository: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "provenance-"));
  try {
    // The same bytes wherever the release comes from: its archive, its folder, or the state bucket.
    const archive = join(folder, "release.zip");
    writeFileSync(archive, zipFolder(release.folder));
    const signer = ["--repo", repository, "--signer-workflow", `${repository}/${WORKFLOW}`];
    const source = ["--source-ref", BRANCH, "--source-digest", release.manifest.commit];
    const kind = ["--predicate-type", PREDICATE_TYPE, "--format", "json"];
    const parameters = ["attestation", "verify", archive, ...signer, ...source, ...kind];
    const { exitCode, code, stdout, all } = await execa("gh", parameters, { reject: false, all: true });
    if (code === "ENOENT")
      throw refusal(release, 'GitHub\'s verifier "gh" is not on PATH. Install it: https://cli.github.com');
    if (exitCode !== 0) throw refusal(release, all);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readAnswer(answer: string, release: Release): Provenance {
  let read;
  try {
    read = answerSchema.parse(JSON.parse(answer))[0].verificationResult;
  } catch {
    throw refusal(release, `The answer of gh can't be read: ${answer.slice(0, 200)}`);
  }
  const { sourceRepositoryDigest: commit, runInvocationURI: run } = read.signature.certificate;
  if (commit !== release.manifest.commit) throw refusal(release, `gh says that it was made from ${commit}.`);
  return { predicateType: read.statement.predicateType, commit, run };
}

const refusal = ({ manifest: { digest, commit } }: Release, why: string) =>
  new UserError(
    `It can't be verified that this repository's ${WORKFLOW} made release ${digest.slice(0, 12)} from commit ${commit.slice(0, 12)} of main. Nothing was changed.\n` +
      `${why}\n` +
      "Use release.zip of a run of that workflow; what was made elsewhere has no attestation. The job needs GH_TOKEN and attestations: read. See docs/runbook.md#provenance",
  );
