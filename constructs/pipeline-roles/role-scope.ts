import type { Environment } from "../../config/environment.ts";
import type { Names } from "../../config/names.ts";

/** Host that issues the OIDC tokens of GitHub Actions jobs. */
export const OIDC_HOST = "token.actions.githubusercontent.com";

/** The environment that the pipeline roles have access to. */
export interface RoleScope {
  readonly environment: Environment;
  readonly names: Names;
  /** ARN prefix of a service in the environment's account and region (IAM has none): `arn("sqs")` is "arn:aws:sqs:…:…". */
  readonly arn: (service: string) => string;
  readonly stateBucketArn: string;
  readonly stateKeyArn: string;
}
