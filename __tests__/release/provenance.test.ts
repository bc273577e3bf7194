import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { zipFolder } from "../../release/archive.ts";
import { hashFiles, MANIFEST_FILE, withDigest } from "../../release/manifest.ts";
import { verifyProvenance } from "../../release/provenance.ts";
import { ENVIRONMENTS_FILE, openArchive, type Release } from "../../release/release.ts";
import { answerFor, jobWithVerifier, RUN } from "../support/attestation-verifier.ts";
import { dev } from "../support/environments.ts";

const place = mkdtempSync(join(tmpdir(), "provenance-test-"));
const commit = "c0".repeat(20);
const before = { ...process.env };
let archive: Uint8Array;
let release: Release;

beforeAll(() => {
  const folder = join(place, "release");
  mkdirSync(folder);
  writeFileSync(join(folder, ENVIRONMENTS_FILE), JSON.stringify([dev]));
  const pinned = { "hashicorp/aws": "5.100.0", cdktf: "0.21.0", "@cdktf/provider-aws": "20.1.0" };
  const manifest = withDigest({
    format: 1,
    commit,
    promotable: true,
    pinned,
    files: hashFiles(folder),
    madeWith: { terraform: "1.11.4", node: "22.0.0" },
  });
  writeFileSync(join(folder, MANIFEST_FILE), JSON.stringify(manifest));
  archive = zipFolder(folder);
  release = openArchive(archive, "the release");
});
afterEach(() => {
  process.env = { ...before };
});
afterAll(() => {
  rmSync(place, { recursive: true });
});

/** In a job whose verifier answers so. */
async function verified(...answer: [answer: string, exitCode?: number]) {
  Object.assign(process.env, jobWithVerifier(join(place, "bin"), ...answer));
  const messages: string[] = [];
  return { provenance: await verifyProvenance(release, (message) => messages.push(message)), messages };
}

test("the evidence names the run that the verifier has found, and what was asked for", async () => {
  expect(await verified(answerFor(commit))).toEqual({
    provenance: { predicateType: "https://slsa.dev/provenance/v1", commit, run: RUN },
    messages: [`Attested by GitHub: made from commit ${commit} by ${RUN}`],
  });
  const [attestation, verify, , ...asked] = readFileSync(join(place, "bin/asked"), "utf8").trim().split("\n");
  expect([attestation, verify]).toEqual(["attestation", "verify"]);
  expect(asked.join(" ")).toBe(
    `--repo owner/name --signer-workflow owner/name/.github/workflows/deploy.yml --source-ref refs/heads/main --source-digest ${commit} --predicate-type https://slsa.dev/provenance/v1 --format json`,
  );
});

test("what is verified has the bytes of the archive that was made", async () => {
  await verified(answerFor(commit));
  expect(readFileSync(join(place, "bin/verified.zip")).equals(archive)).toBe(true);
});

test.each<[what: string, why: RegExp, ...answer: [string, number?]]>([
  ["without an attestation", /HTTP 404: Not Found/, "Error: HTTP 404: Not Found", 1],
  ["without a token", /GH_TOKEN environment variable/, "set the GH_TOKEN environment variable", 4],
  ["attested for another commit", /made from d0d0/, answerFor("d0".repeat(20))],
  ["attested as something else", /can't be read/, answerFor(commit, "https://spdx.dev/Document/v2.3")],
  ["with no attestation in the answer", /can't be read/, "[]"],
  ["with an answer that is no JSON", /can't be read/, "✓ Verification succeeded!"],
])("a release %s is refused, with what to do", async (_, why, ...answer) => {
  const refused = expect(verified(...answer)).rejects;
  await refused.toThrow(why);
  await refused.toThrow(
    /^It can't be verified that .* made release [0-9a-f]{12} .*GH_TOKEN and attestations: read/s,
  );
});

test("a job without gh is refused, not left alone", async () => {
  Object.assign(process.env, jobWithVerifier(join(place, "bin"), ""), { PATH: place });
  await expect(verifyProvenance(release)).rejects.toThrow(/"gh" is not on PATH\. Install it/);
});

test("outside GitHub Actions nothing is verified, and it says so", async () => {
  delete process.env["GITHUB_ACTIONS"];
  const messages: string[] = [];
  expect(await verifyProvenance(release, (message) => messages.push(message))).toBeNull();
  expect(messages).toEqual([expect.stringMatching(/^Not in GitHub Actions: there is no attestation/)]);
});
