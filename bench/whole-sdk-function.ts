import * as client from "@aws-sdk/client-dynamodb";
import * as documents from "@aws-sdk/lib-dynamodb";

export { handler } from "../lambdas/messaging-stream/index.ts";

/** Takes in the whole of both packages, as a function does that imports them without a bundler's care. */
export const sdk = { client, documents };
