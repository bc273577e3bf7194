import { fromHttp } from "@aws-sdk/credential-provider-http";

type Credentials = Awaited<ReturnType<ReturnType<typeof fromHttp>>>;

/**
 * Credential provider for the function's role. Lambda sets the credentials in environment variables, valid for the life
 * of the process, or the URL of an endpoint in `AWS_CONTAINER_CREDENTIALS_FULL_URI`, from which the client requests new
 * ones before they expire.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export const lambdaCredentials = async (): Promise<Credentials> => fromEnvironment() ?? (await fromHttp()());

function fromEnvironment(): Credentials | undefined {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = process.env;
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}
