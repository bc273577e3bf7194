import type { Environment } from "../../config/environment.ts";
import type { Names } from "../../config/names.ts";

/** The host that issues the tokens of GitHub's jobs. */
export const GITHUB_TOKEN_HOST = "token.actions.githubusercontent.com";

/** What the statements of the roles are made from. */
export interface RoleScope {
  readonly environment: Environment;
  readonly names: Names;
  /** Begins an ARN of a service in this environment's account and region: `arn("sqs")` is "arn:aws:sqs:…:…". */
  readonly arn: (service: string) => string;
  readonly account: string;
  readonly stateBucketArn: string;
  readonly stateKeyArn: string;
}
