import { type Access, accessTo } from "../config/account-access.ts";
import type { Environment } from "../config/environment.ts";
import { loadEnvironments } from "../config/load-environments.ts";
import { type Evidence, EvidenceStore } from "./evidence.ts";

/** The deployments of an environment. */
export interface EnvironmentReleases {
  readonly environment: string;
  /** The last deployment that was applied; undefined where there was none. */
  readonly now: Evidence | undefined;
  /** The last deployment, if it failed. */
  readonly failed: Evidence | undefined;
  /** All that passed, oldest first. */
  readonly passed: readonly Evidence[];
}

/** Prints what release is in each environment, since when, and what waits to be promoted. */
export async function runReleases(): Promise<void> {
  const all: EnvironmentReleases[] = [];
  for (const environment of loadEnvironments())
    all.push(await readEnvironmentReleases(environment, accessTo(environment)));
  console.log(formatReleases(all).join("\n"));
}

/** The deployments of an environment, from the evidence in its state bucket. */
export async function readEnvironmentReleases(
  environment: Environment,
  access: Access,
): Promise<EnvironmentReleases> {
  const evidence = await new EvidenceStore(environment, access.client).all();
  const last = evidence.at(-1);
  return {
    environment: environment.name,
    now: evidence.findLast(({ applied }) => applied),
    failed: last && !last.passed ? last : undefined,
    passed: evidence.filter(({ passed }) => passed),
  };
}

/**
 * Which release is deployed where, since when, and which wait for promotion: those that passed in an environment after
 * the one that the next environment has, newest first.
 */
export function formatReleases(all: readonly EnvironmentReleases[]): string[] {
  return all.flatMap(({ environment, now, failed }, index) => {
    const before = all[index - 1];
    const waiting = before ? waitingFor(before, now) : [];
    return [
      now
        ? `${environment}: ${described(now)} since ${now.ended}, by ${now.who}${now.passed ? "" : "; it did NOT pass"}`
        : `${environment}: nothing deployed yet`,
      ...(failed
        ? [
            `  last attempt FAILED: ${described(failed)} on ${failed.began}: ${failed.failure?.split("\n")[0] ?? ""}`,
          ]
        : []),
      ...waiting.map(
        (one) => `  waiting in ${before?.environment ?? ""}: ${described(one)} since ${one.ended}`,
      ),
    ];
  });
}

function waitingFor({ passed }: EnvironmentReleases, now: Evidence | undefined): Evidence[] {
  const seen = passed.findLastIndex(({ release }) => release === now?.release);
  const newer = passed.slice(seen + 1).toReversed();
  return newer.filter((one, index) => newer.findIndex(({ release }) => release === one.release) === index);
}

const described = ({ release, commit }: Evidence) =>
  `release ${release.slice(0, 12)} of commit ${commit.slice(0, 12)}`;
