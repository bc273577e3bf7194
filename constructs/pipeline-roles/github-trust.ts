import { policyDocument } from "../policy.ts";
import { OIDC_HOST } from "./role-scope.ts";

/** A trust policy that lets the jobs of a repository's GitHub environments assume a role. */
export const githubTrust = (provider: string, repository: string, environments: readonly string[]): string =>
  policyDocument({
    Effect: "Allow",
    Principal: { Federated: provider },
    Action: "sts:AssumeRoleWithWebIdentity",
    // The token's audience, and its subject: the repository and the GitHub environment.
    Condition: {
      StringEquals: {
        [`${OIDC_HOST}:aud`]: "sts.amazonaws.com",
        [`${OIDC_HOST}:sub`]: environments.map((name) => `repo:${repository}:environment:${name}`),
      },
    },
  });
