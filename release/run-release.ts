import { buildRelease, type ReleaseOptions } from "./release.ts";

/**
 * Makes a release, and prints what it is, where it is and what to do next.
 * @throws UserError when `buildRelease` refuses.
 */
export async function runRelease(options: ReleaseOptions): Promise<void> {
  const { folder, archive, manifest } = await buildRelease(options);
  console.log(
    [
      `Release ${manifest.digest}`,
      `  of commit ${manifest.commit}${manifest.promotable ? "" : " with changes: it can't be promoted"}`,
      `  ${Object.keys(manifest.files).length} files in ${folder}`,
      `  archive ${archive}`,
      `Next: npm run deploy -- dev --release ${archive}`,
    ].join("\n"),
  );
}
