import type { Environment } from "../environment.ts";
import { namesOf, settingsFile, stackNames, variablePrefix } from "../names.ts";

/** What is left to do by hand for an environment that was made like another, in order. */
export function nextSteps(environment: Environment, like: Environment): string[] {
  const { name, pipeline } = environment;
  return [
    ...accountSteps(environment, like),
    ...topicSteps(environment),
    ...(pipeline === undefined ? [] : providerSteps(environment)),
    `See what it gets; that needs no account: npm run plan -- ${name} --offline`,
    `With credentials of its account: npm run bootstrap -- ${name}`,
    ...(pipeline === undefined
      ? [`Deploy it: npx cdktf deploy ${stackNames(name).messaging}`]
      : githubSteps(environment, like)),
  ];
}

function accountSteps(environment: Environment, like: Environment): string[] {
  const { name, account } = environment;
  const file = settingsFile(name);
  if (account === undefined)
    return [
      `If it has an account of its own, set account in ${file} to its id; its names can then be without a suffix (nameSuffix: "").`,
    ];
  if (like.account === undefined && namesOf(environment).network === namesOf(like).network)
    return [
      `Make sure that ${like.name} is in another account than ${account}: its settings don't say where it is, and both have the same names.`,
    ];
  return [];
}

/** The topics are those of the other environment, and of its account. */
function topicSteps({ name, account, alarms }: Environment): string[] {
  const elsewhere = (alarms.notifyTopicArns ?? []).filter((topic) => topic.split(":")[4] !== account);
  if (elsewhere.length === 0) return [];
  return [
    `Its alarms notify ${elsewhere.join(", ")}. In ${settingsFile(name)}, set alarms.notifyTopicArns to topics of its own account, or let these topics accept its alarms.`,
  ];
}

/** An account has one OIDC provider for GitHub, whatever the number of its environments. */
function providerSteps({ name, pipeline }: Environment): string[] {
  if (pipeline?.identityProvider === "existing") return [];
  return [
    `If its account has GitHub's OIDC provider already, set pipeline.identityProvider to "existing" in ${settingsFile(name)}.`,
  ];
}

function githubSteps(environment: Environment, like: Environment): string[] {
  const { name } = environment;
  const { planRole, deployRole } = namesOf(environment);
  const prefix = variablePrefix(name);
  const readers = like.pipeline?.planFrom ?? [like.name, `${like.name}-plan`];
  const planFrom = [...new Set([...readers, `${name}-plan`, name])].map((reader) => `"${reader}"`).join(", ");
  const reviewers = environment.protected ? `; give ${name} required reviewers` : "";
  return [
    `On GitHub, make the environments ${name}-plan and ${name}, for the branch main alone${reviewers}.`,
    `On GitHub, set the variables ${prefix}_PLAN_ROLE and ${prefix}_DEPLOY_ROLE to the ARNs of ${planRole} and ${deployRole} in its account.`,
    `On GitHub, require the status "plan (${name})" of pull requests to main, once it is there.`,
    `To have releases promoted to it from ${like.name}: in ${settingsFile(like.name)}, set pipeline.planFrom to [${planFrom}], and run npm run bootstrap -- ${like.name} again; then add to the jobs in .github/workflows/deploy.yml:\n\n${promotionJob(name, like.name)}`,
  ];
}

/** The job of `.github/workflows/deploy.yml` that promotes releases to an environment. */
export const promotionJob = (to: string, from: string): string => `  ${to}:
    needs: ${from}
    uses: ./.github/workflows/promote.yml # zizmor: ignore[self-repository] actionlint doesn't know "$/"; "./" is the same commit
    with:
      from: ${from}
      from-variables: ${variablePrefix(from)}
      to: ${to}
      to-variables: ${variablePrefix(to)}
    permissions:
      attestations: read
      contents: read
      id-token: write`;
