import { fromHttp } from "@aws-sdk/credential-provider-http";

type Credentials = Awaited<ReturnType<ReturnType<typeof fromHttp>>>;

/**
 * The credentials of a function's role, as Lambda gives them: in environment variables, which hold for as long as
 * the process is there, or, where it names an address in `AWS_CONTAINER_CREDENTIALS_FULL_URI` instead, from
 * there; a client that is given this asks again before they end.
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
