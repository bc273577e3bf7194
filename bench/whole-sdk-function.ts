import * as client from "@aws-sdk/client-dynamodb";
import * as documents from "@aws-sdk/lib-dynamodb";

export { handler } from "../lambdas/messaging-stream/index.ts";

/** References both packages as a whole, so that the bundler removes nothing of them. */
export const sdk = { client, documents };
