/**
 * In a function's bundle it stands in for where the SDK looks for credentials by default: profiles, single
 * sign-on, web identities, other programs, EC2. None of those is there in Lambda, and a client of a function is
 * given `lambdaCredentials`.
 */
export const defaultProvider = () => () =>
  Promise.reject(new Error("A client in a function has to be given lambdaCredentials."));
