import { checkedAccess } from "../account/checked-access.ts";
import type { Environment } from "../config/environment.ts";
import { loadEnvironments } from "../config/load-environments.ts";
import { type Evidence, EvidenceStore, lastApplied } from "./evidence.ts";

/** The evidence of an environment, oldest first. */
interface Deployments {
  readonly environment: Environment;
  readonly evidence: readonly Evidence[];
  /** False where nothing was deployed yet, and where it was destroyed since. */
  readonly deployed: boolean;
}

/**
 * Prints which release is deployed where, since when, and which wait for promotion to a protected environment: those that
 * passed in another after the one that it has, newest first.
 * @throws UserError when there are no credentials of each environment's account.
 */
export async function runReleases(): Promise<void> {
  const stores = new Map<Environment, EvidenceStore>();
  for (const environment of loadEnvironments()) {
    const { client } = await checkedAccess(environment);
    stores.set(environment, new EvidenceStore(environment, client));
  }
  const all: Deployments[] = [];
  for (const [environment, store] of stores)
    all.push({ environment, evidence: await store.all(), deployed: await store.isDeployed() });
  const sources = all.filter(({ environment, deployed }) => !environment.protected && deployed);
  console.log(all.flatMap((deployments) => formatDeployments(deployments, sources)).join("\n"));
}

function formatDeployments(
  { environment, evidence, deployed }: Deployments,
  sources: readonly Deployments[],
): string[] {
  const now = lastApplied(evidence);
  const last = evidence.at(-1);
  const lines = [`${environment.name}: ${describeNow(now, deployed)}`];
  if (last && !last.passed)
    lines.push(
      `  last attempt FAILED: ${described(last)} on ${last.began}: ${last.failure?.split("\n")[0] ?? ""}`,
    );
  if (environment.protected)
    for (const source of sources)
      for (const one of waitingFor(source, now))
        lines.push(`  waiting in ${source.environment.name}: ${described(one)} since ${one.ended}`);
  return lines;
}

function describeNow(now: Evidence | undefined, deployed: boolean): string {
  if (!now) return "nothing deployed yet";
  if (!deployed) return `nothing deployed: it was destroyed, and had ${described(now)}`;
  return `${described(now)} since ${now.ended}, by ${now.who}${now.passed ? "" : "; it did NOT pass"}`;
}

function waitingFor({ evidence }: Deployments, now: Evidence | undefined): Evidence[] {
  const passed = evidence.filter((one) => one.passed);
  const seen = passed.findLastIndex(({ release }) => release === now?.release);
  const newer = passed.slice(seen + 1).toReversed();
  return newer.filter((one, index) => newer.findIndex(({ release }) => release === one.release) === index);
}

const described = ({ release, commit }: Evidence) =>
  `release ${release.slice(0, 12)} of commit ${commit.slice(0, 12)}`;
