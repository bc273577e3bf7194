import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { zipSync } from "fflate";
import { MANIFEST_FILE, type Manifest } from "../../release/manifest.ts";
import { environmentInRelease, openRelease } from "../../release/release.ts";
import { cloneRepository, git, makeRepository, runIn } from "../support/repository.ts";
import { describeWith } from "../support/requirements.ts";

const place = mkdtempSync(join(tmpdir(), "release-test-"));
afterAll(() => {
  rmSync(place, { recursive: true });
});

describeWith(["terraform"], "a release", () => {
  let one: string;
  let other: string;
  let released: string;
  /** Of another clone. */
  let again: string;
  let manifest: Manifest;

  beforeAll(async () => {
    one = await makeRepository(join(place, "one"));
    other = await cloneRepository(one, join(place, "elsewhere/another"));
    [released, again] = await Promise.all([release(one), release(other)]);
    manifest = JSON.parse(readFileSync(join(released, MANIFEST_FILE), "utf8")) as Manifest;
  });

  async function release(checkout: string, ...options: string[]): Promise<string> {
    const out = mkdtempSync(join(place, "out-"));
    const run = await runIn(checkout, ["release", "--out", out, ...options], {
      // What is set where it is made must not get in, nor the time there.
      env: {
        AWS_ENDPOINT_URL: "http://127.0.0.1:1",
        TZ: checkout === one ? "Etc/UTC" : "Pacific/Auckland",
      },
    });
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    expect(run.stdout).toContain(openRelease(join(out, "release")).manifest.digest);
    return join(out, "release");
  }

  test("holds every environment's stacks, the function, the lock file and the settings, and nothing else", async () => {
    expect(Object.keys(manifest.files).map((path) => path.replace(/assets\/.*\//, "assets/…/"))).toEqual([
      "environments.json",
      "stacks/bootstrap-dev/.terraform.lock.hcl",
      "stacks/bootstrap-dev/cdk.tf.json",
      "stacks/bootstrap-prod/.terraform.lock.hcl",
      "stacks/bootstrap-prod/cdk.tf.json",
      "stacks/messaging-dev/.terraform.lock.hcl",
      "stacks/messaging-dev/assets/…/messaging-stream.zip",
      "stacks/messaging-dev/cdk.tf.json",
      "stacks/messaging-prod/.terraform.lock.hcl",
      "stacks/messaging-prod/assets/…/messaging-stream.zip",
      "stacks/messaging-prod/cdk.tf.json",
    ]);
    expect(manifest).toMatchObject({
      commit: await git(one, "rev-parse", "HEAD"),
      promotable: true,
      pinned: { "hashicorp/aws": "5.100.0", cdktf: "0.21.0", "@cdktf/provider-aws": "20.1.0" },
      madeWith: { node: process.versions.node, terraform: expect.stringMatching(/^1\.\d+\.\d+/) as unknown },
    });
  });

  test("is the same from another clone in another folder, and so is its archive", () => {
    const read = (folder: string, file: string) => readFileSync(join(folder, file));
    expect(read(again, MANIFEST_FILE)).toEqual(read(released, MANIFEST_FILE));
    expect(read(again, "../release.zip").equals(read(released, "../release.zip"))).toBe(true);
  });

  test("knows its environments as they were", () => {
    const opened = openRelease(released);
    expect(environmentInRelease(opened, "prod")).toMatchObject({ name: "prod", protected: true });
    expect(() => environmentInRelease(opened, "no-such-name")).toThrow(
      'There is no environment "no-such-name". There are: dev, prod.',
    );
  });

  test("of a tree with changes is refused, or marked as one that can't be promoted", async () => {
    const file = join(other, "config/environments/dev.ts");
    const before = readFileSync(file, "utf8");
    writeFileSync(file, before.replace("memoryMegabytes: 256", "memoryMegabytes: 384"));
    writeFileSync(join(other, "notes.txt"), "not in git");
    const refused = await runIn(other, ["release", "--out", join(place, "none")]);
    expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
    expect(refused.stderr.split("\n")).toEqual([
      "A release is made from a commit, and these changes are not committed:",
      "  M config/environments/dev.ts",
      "  ?? notes.txt",
      "Commit or stash them. To try them anyway: npm run release -- --allow-dirty; that release can't be promoted.",
    ]);
    const allowed = openRelease(await release(other, "--allow-dirty"));
    expect(allowed.manifest).toMatchObject({ promotable: false, commit: manifest.commit });
    expect(allowed.manifest.digest).not.toBe(manifest.digest);
  });

  test("of what is no git checkout is refused", async () => {
    const bare = join(place, "bare");
    cpSync(one, bare, { recursive: true, verbatimSymlinks: true });
    rmSync(join(bare, ".git"), { recursive: true });
    const run = await runIn(bare, ["release"], { env: { GIT_CEILING_DIRECTORIES: place } });
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toMatch(
      /^A release is made from a git commit, and git says: fatal: not a git repository/,
    );
  });

  describe("is verified when it is opened", () => {
    let copy: string;

    const fresh = () => {
      copy = mkdtempSync(join(place, "copy-"));
      cpSync(released, copy, { recursive: true });
      return copy;
    };

    test("a byte changed in any file is named", () => {
      for (const path of Object.keys(manifest.files)) {
        appendFileSync(join(fresh(), path), " ");
        expect(() => openRelease(copy)).toThrow(`${path} was changed`);
      }
    });

    test("a file too many, or too few, is named", () => {
      writeFileSync(join(fresh(), "stacks/messaging-dev/endpoint_override.tf.json"), "{}");
      expect(() => openRelease(copy)).toThrow(
        "messaging-dev/endpoint_override.tf.json is not part of the release",
      );
      rmSync(join(fresh(), "stacks/messaging-prod/.terraform.lock.hcl"));
      expect(() => openRelease(copy)).toThrow("stacks/messaging-prod/.terraform.lock.hcl is missing");
    });

    test("a manifest that was written to fit a change has another digest", () => {
      writeFileSync(join(fresh(), MANIFEST_FILE), JSON.stringify({ ...manifest, promotable: false }));
      expect(() => openRelease(copy)).toThrow("manifest.json was changed");
      writeFileSync(join(copy, MANIFEST_FILE), "{}");
      expect(() => openRelease(copy)).toThrow(/manifest\.json can't be read/);
    });

    test("an archive gives what the folder gives; a broken one, or one that reaches out, is refused", () => {
      const archive = join(released, "../release.zip");
      expect(openRelease(archive).manifest).toEqual(manifest);
      const broken = join(place, "broken.zip");
      writeFileSync(broken, readFileSync(archive).subarray(0, 1_000));
      expect(() => openRelease(broken)).toThrow(
        /broken\.zip is not a release's archive: it can't be unpacked/,
      );
      writeFileSync(broken, zipSync({ "../outside.txt": new Uint8Array() }));
      expect(() => openRelease(broken)).toThrow('it has a file of the path "../outside.txt"');
      expect(readdirSync(tmpdir())).not.toContain("outside.txt");
    });

    test("what isn't there, or is no release, is refused", () => {
      expect(() => openRelease(join(place, "nowhere"))).toThrow(/^There is no release at .*nowhere\./);
      expect(() => openRelease(one)).toThrow(/is not a release: it has no manifest\.json/);
    });
  });
});
