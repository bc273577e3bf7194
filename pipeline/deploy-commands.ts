import { existsSync } from "node:fs";
import type { Command } from "commander";
import type { Environment } from "../config/environment.ts";
import { environmentNamed, loadEnvironments } from "../config/load-environments.ts";
import { UserError } from "../config/user-error.ts";
import { seconds } from "./command.ts";
import { BlockedError, deploy } from "./deploy.ts";
import { type Access, accessTo } from "./deploy-access.ts";
import { ApprovalNeededError, consentBy, propose, showReview } from "./deploy-consent.ts";
import { tellDrift } from "./deploy-drift-issue.ts";
import { type Passage, prepareStack } from "./deploy-plan.ts";
import { EvidenceStore } from "./evidence.ts";
import { promote } from "./promote.ts";
import { environmentOf, openArchive, openRelease, type Release } from "./release.ts";
import { releaseLines, whereabouts } from "./releases.ts";
import { EXCEPTIONS_FILE, readExceptions } from "./review/exceptions.ts";
import { forceUnlock } from "./terraform.ts";

interface Options {
  readonly release: string;
  readonly approve?: string;
  readonly wait: number;
  readonly unlock?: string;
}

const APPROVAL_NEEDED = 2;
const BLOCKED = 3;

/** Adds what brings a release into environments: `deploy`, `promote` and `releases`. */
export function addDeployCommands(program: Command): void {
  const withRelease = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .requiredOption(
        "--release <path>",
        "the release's folder, its archive, or the digest of one that was deployed before",
      )
      .option("--approve <plan digest>", "let through the plan with this digest, and no other")
      .option("--wait <seconds>", "wait so long for whoever holds the state's lock", seconds(0, 86_400), 0);

  withRelease(
    "deploy",
    "bring a release into an environment; exit 0 done, 1 refused or failed, 2 needs approval, 3 blocked",
  )
    .argument("<environment>")
    .option("--accept-care", "let through a plan that needs care, without asking", false)
    .option("--unlock <lock id>", "first take away a lock whose owner is gone")
    .action((name: string, options: Options & { acceptCare: boolean }) =>
      withExitCode(async () => {
        const { release, access } = await open(name, options.release);
        const environment = environmentOf(release, name);
        if (environment.protected)
          throw new UserError(
            `${name} is protected: it gets only what was proved elsewhere. Use: npm run promote -- --from <environment> --to ${name} --release <path>`,
          );
        const passage = passageOf(release, environment, access, options);
        if (options.unlock !== undefined) await forceUnlock(await prepareStack(passage), options.unlock);
        const consent = consentBy({
          approve: options.approve,
          acceptCare: options.acceptCare,
          always: false,
        });
        await deploy({ ...passage, onReviewed: showReview, consent });
        console.log(`${name} has release ${release.manifest.digest}`);
      }),
    );

  withRelease(
    "promote",
    "bring a release that was proved in one environment into another; exit codes as of deploy",
  )
    .requiredOption("--from <environment>", "where it was deployed and passed")
    .requiredOption("--to <environment>", "where it goes")
    .option(
      "--propose",
      "only show what would be done, and the plan's digest; exit 0 when it waits for approval",
      false,
    )
    .option("--unlock <lock id>", "first take away a lock on the target whose owner is gone")
    .action((options: Options & { from: string; to: string; propose: boolean }) =>
      withExitCode(async () => {
        const { release, access: fromAccess } = await open(options.from, options.release);
        const [from, to] = [environmentOf(release, options.from), environmentOf(release, options.to)];
        const passage = passageOf(release, to, accessTo(to), options);
        if (options.unlock !== undefined) await forceUnlock(await prepareStack(passage), options.unlock);
        await promote({
          ...passage,
          from,
          fromAccess,
          to,
          onReviewed: showReview,
          consent: options.propose ? propose : consentBy({ approve: options.approve, always: true }),
          onChecked: (proof, unseen) => {
            console.log(
              `Release ${proof.release} passed in ${from.name} on ${proof.ended}, deployed by ${proof.who}`,
            );
            console.log(`What ${from.name} has not seen of it, since ${to.name} is set otherwise:`);
            for (const { setting, from: seen, to: set } of unseen)
              console.log(`  ${setting}: ${JSON.stringify(seen)} → ${JSON.stringify(set)}`);
          },
        });
        console.log(`${to.name} has release ${release.manifest.digest}`);
      }).then(() => {
        if (options.propose && process.exitCode === APPROVAL_NEEDED) process.exitCode = 0;
      }),
    );

  program
    .command("releases")
    .description("what release is where, since when, and what waits to be promoted")
    .action(async () => {
      const all = [];
      for (const environment of loadEnvironments())
        all.push(await whereabouts(environment, accessTo(environment)));
      console.log(releaseLines(all).join("\n"));
    });

  program
    .command("drift-issue")
    .description("in GitHub Actions: keep one issue for an environment's drift, closed when there is none")
    .argument("<environment>")
    .action(async (name: string) => {
      console.log(`Drift in ${environmentNamed(name).name}: ${await tellDrift(name)}`);
    });
}

/** A release from a path, or from the state bucket of an environment that has had it. */
async function open(name: string, given: string): Promise<{ release: Release; access: Access }> {
  const isDigest = /^[0-9a-f]{8,64}$/.test(given) && !existsSync(given);
  if (!isDigest) {
    const release = openRelease(given);
    return { release, access: accessTo(environmentOf(release, name)) };
  }
  const environment = environmentNamed(name);
  const access = accessTo(environment);
  const archive = await new EvidenceStore(environment, access.client).release(given);
  return { release: openArchive(archive, `release ${given}`), access };
}

const passageOf = (
  release: Release,
  environment: Environment,
  access: Access,
  { wait }: Options,
): Passage => ({
  release,
  environment,
  access,
  lockTimeoutSeconds: wait,
  exceptions: readExceptions(EXCEPTIONS_FILE),
  onProgress: (message) => {
    console.log(message);
  },
});

async function withExitCode(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof BlockedError || error instanceof ApprovalNeededError)) throw error;
    console.error(error.message);
    process.exitCode = error instanceof BlockedError ? BLOCKED : APPROVAL_NEEDED;
  }
}
