import { basename } from "node:path";
import { paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import { z } from "zod";
import type { ClientSettings } from "../account/access.ts";
import {
  explainedBucketError,
  readObject,
  bucketClient,
  writeObjectOnce,
} from "../account/state-bucket-client.ts";
import type { Environment } from "../config/environment.ts";
import { stateBucketKeys } from "../config/names.ts";
import { UserError } from "../config/user-error.ts";

const stateVersion = z.strictObject({ lineage: z.string(), serial: z.int() }).nullable();

const evidenceSchema = z.strictObject({
  version: z.literal(1),
  /** The release's digest. */
  release: z.string(),
  commit: z.string(),
  environment: z.string(),
  /** Who deployed, and where that can be looked up. */
  who: z.string(),
  began: z.iso.datetime(),
  ended: z.iso.datetime(),
  terraform: z.string(),
  /** Who made the release's archive, as GitHub attests it. Null if it was deployed outside GitHub Actions. */
  provenance: z
    .strictObject({
      predicateType: z.string(),
      commit: z.string(),
      /** URL of the workflow run. */
      run: z.string(),
    })
    .nullable()
    // Older evidence has none.
    .optional(),
  plan: z.strictObject({
    /** SHA-256 of what the plan changes. */
    digest: z.string(),
    verdict: z.enum(["safe", "care", "blocked"]),
    summary: z.record(z.string(), z.int()),
    findings: z.array(z.strictObject({ rule: z.string(), level: z.string(), address: z.string() })),
    /** How it was approved. */
    approval: z.string(),
  }),
  /** Null before the first deployment. */
  state: z.strictObject({ before: stateVersion, after: stateVersion }),
  /** Null if the smoke test did not run. */
  smoke: z
    .strictObject({
      passed: z.boolean(),
      milliseconds: z.number(),
      checks: z
        .array(z.strictObject({ what: z.string(), faults: z.array(z.string()).readonly() }))
        .readonly(),
    })
    .nullable(),
  /** Applied to the end; false when Terraform failed in the middle. */
  applied: z.boolean(),
  /** Applied, smoke-tested, and a plan afterwards found nothing to do. */
  passed: z.boolean(),
  /** What went wrong. */
  failure: z.string().optional(),
});

/** The record of one deployment, whether it passed or failed. */
export type Evidence = Readonly<z.output<typeof evidenceSchema>>;

/** Where a state stands: https://developer.hashicorp.com/terraform/language/state/backends#state-storage */
type StateVersion = z.output<typeof stateVersion>;

const PREFIX = stateBucketKeys.releases;

/** The last deployment that changed an environment, from its evidence, oldest first; undefined if none did. */
export const lastApplied = (evidence: readonly Evidence[]): Evidence | undefined =>
  evidence.findLast(({ applied }) => applied);

/** The releases, the evidence and the state's lineage and serial in the state bucket of one environment. */
export class EvidenceStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #environment: Environment;

  constructor(environment: Environment, settings: ClientSettings) {
    this.#client = bucketClient(settings);
    this.#bucket = environment.state.bucket;
    this.#environment = environment;
  }

  /**
   * Writes the evidence of a deployment, once.
   * @throws UserError when there is evidence of this release and time already.
   */
  async write(evidence: Evidence): Promise<string> {
    const key = `${PREFIX}${evidence.release}/evidence/${evidence.began}.json`;
    const place = `s3://${this.#bucket}/${key}`;
    if (await this.#putOnce(key, `${JSON.stringify(evidence, null, 2)}\n`)) return place;
    throw new UserError(`There is evidence at ${place} already, and it is not overwritten.`);
  }

  /** All evidence of the environment, oldest first. */
  async all(): Promise<Evidence[]> {
    return this.#evidenceAmong(await this.#keys());
  }

  /**
   * Records that a deployment starts to apply; if no evidence follows, it was killed. The first one also records its
   * account, to which `checkedAccess` then holds.
   */
  async begin(release: string, began: string, account: string): Promise<void> {
    await this.#putOnce(stateBucketKeys.account, account);
    await this.#putOnce(`${PREFIX}${release}/begun/${began}`, began);
  }

  /** Whether a deployment started after the last one that was applied, and was killed or failed. */
  async unfinished(): Promise<boolean> {
    const keys = await this.#keys();
    const applied = lastApplied(await this.#evidenceAmong(keys))?.began ?? "";
    return keys.some((key) => key.includes("/begun/") && basename(key) > applied);
  }

  /** Keeps a release's archive beside its evidence, unless it is there already. */
  async saveRelease(digest: string, archive: Uint8Array): Promise<void> {
    await this.#putOnce(`${PREFIX}${digest}/release.zip`, archive);
  }

  /**
   * The archive of a release that was deployed here.
   * @param digest the whole of it, or as much of its beginning as no other release has.
   * @throws UserError when there is no such release, or more than one.
   */
  async release(digest: string): Promise<Uint8Array> {
    const keys = (await this.#keys()).filter(
      (key) => key.startsWith(PREFIX + digest) && key.endsWith("/release.zip"),
    );
    const [key, ...more] = keys;
    if (key === undefined || more.length > 0)
      throw new UserError(
        `The digest must match one release that was deployed to ${this.#environment.name} (given ${digest}, which matches ${keys.length}). ` +
          "See them with: npm run releases",
      );
    const object = await this.#get(key);
    if (!object) throw new UserError(`s3://${this.#bucket}/${key} is gone.`);
    return object;
  }

  /** Lineage and serial of the environment's state; null if there is none yet. */
  async stateVersion(): Promise<StateVersion> {
    const state = await this.#state();
    return state && { lineage: state.lineage, serial: state.serial };
  }

  /** Whether there is anything in the environment's state: not before the first deployment, nor once it is destroyed. */
  async isDeployed(): Promise<boolean> {
    return ((await this.#state())?.resources ?? []).length > 0;
  }

  async #state(): Promise<(NonNullable<StateVersion> & { resources?: unknown[] }) | null> {
    const object = await this.#get(stateBucketKeys.messaging);
    return object ? (JSON.parse(object.toString()) as NonNullable<StateVersion>) : null;
  }

  /** Writes an object that isn't there; false when it is. */
  async #putOnce(key: string, body: string | Uint8Array): Promise<boolean> {
    try {
      return await writeObjectOnce(this.#client, this.#bucket, key, body);
    } catch (error) {
      throw this.#explained(error);
    }
  }

  async #get(key: string): Promise<Buffer | undefined> {
    try {
      return await readObject(this.#client, this.#bucket, key);
    } catch (error) {
      throw this.#explained(error);
    }
  }

  async #keys(): Promise<string[]> {
    const keys: string[] = [];
    const listed = { Bucket: this.#bucket, Prefix: PREFIX };
    try {
      for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#client }, listed))
        keys.push(...Contents.map(({ Key = "" }) => Key));
    } catch (error) {
      throw this.#explained(error);
    }
    return keys;
  }

  async #evidenceAmong(keys: readonly string[]): Promise<Evidence[]> {
    const files = keys.filter((key) => key.includes("/evidence/"));
    const found = await Promise.all(files.map((key) => this.#evidenceAt(key)));
    return found.sort((a, b) => (a.began < b.began ? -1 : 1));
  }

  async #evidenceAt(key: string): Promise<Evidence> {
    const text = (await this.#get(key))?.toString() ?? "";
    try {
      return evidenceSchema.parse(JSON.parse(text));
    } catch {
      throw new UserError(
        `s3://${this.#bucket}/${key} is not evidence that this version of the project can read.`,
      );
    }
  }

  #explained(error: unknown): unknown {
    return explainedBucketError(error, this.#environment);
  }
}
