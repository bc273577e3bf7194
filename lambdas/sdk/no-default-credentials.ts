/**
 * Replaces the SDK's default credential provider (profiles, single sign-on, web identities, processes, EC2) in a
 * function's bundle. None of these sources exists in Lambda; a function's clients use `lambdaCredentials`.
 */
export const defaultProvider = () => () =>
  Promise.reject(new Error("A client in a function has to be given lambdaCredentials."));
