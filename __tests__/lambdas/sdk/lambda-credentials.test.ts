import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { unzipSync } from "fflate";
import { bundleFunction } from "../../../constructs/stream-function/function-bundle.ts";
import { MESSAGES_TABLE_NAME } from "../../../messaging/stream-function-environment.ts";

const folder = mkdtempSync(join(tmpdir(), "function-credentials-"));
/** Access keys of the signatures of calls to DynamoDB. */
let signedWith: string[] = [];
let keysGiven = 0;
let validSeconds = 3_600;
let server: Server;

const answer = (request: IncomingMessage, response: ServerResponse) => {
  if (request.url === "/credentials") {
    const Expiration = new Date(Date.now() + validSeconds * 1_000).toISOString();
    const AccessKeyId = `CONTAINER${(keysGiven += 1)}`;
    response.end(JSON.stringify({ AccessKeyId, SecretAccessKey: "secret", Token: "token", Expiration }));
    return;
  }
  const key = /Credential=([^/]+)/.exec(request.headers.authorization ?? "")?.[1];
  signedWith.push(`${key ?? ""} ${String(request.headers["x-amz-security-token"])}`);
  response.setHeader("content-type", "application/x-amz-json-1.0").end('{"Items":[],"Count":0}');
};

beforeAll(async () => {
  const files = unzipSync(readFileSync(bundleFunction("lambdas/messaging-stream/index.ts").path));
  writeFileSync(join(folder, "index.mjs"), files["index.mjs"] ?? "");
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** Processes two batches of one message each with the shipped bundle, in a process with only these variables. */
async function twoBatches(env: Record<string, string>): Promise<string[]> {
  signedWith = [];
  keysGiven = 0;
  const { port } = server.address() as AddressInfo;
  const script = `
    import { handler } from "./index.mjs";
    for (const group of ["one", "two"]) {
      const image = { pk: "MSG#" + group, sk: "2026-03-01T10:00:00Z", message: "text", user_uuid: "a" };
      const NewImage = Object.fromEntries(Object.entries(image).map(([name, S]) => [name, { S }]));
      const dynamodb = { SequenceNumber: "1", Keys: NewImage, NewImage };
      await handler({ Records: [{ eventName: "INSERT", dynamodb }] }, { getRemainingTimeInMillis: () => 9000 });
    }`;
  const url = `http://127.0.0.1:${port}`;
  await execa(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: folder,
    extendEnv: false,
    env: {
      AWS_REGION: "ca-central-1",
      AWS_ENDPOINT_URL: url,
      [MESSAGES_TABLE_NAME]: "messages",
      ...env,
      ...(env["CONTAINER"] && { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials` }),
    },
  });
  return [...new Set(signedWith)];
}

test("the shipped function signs with the credentials in its environment", async () => {
  const env = { AWS_ACCESS_KEY_ID: "ROLE", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "session" };
  expect(await twoBatches({ ...env, CONTAINER: "also" })).toEqual(["ROLE session"]);
});

test("otherwise with those from the credentials endpoint, requested once while they are valid", async () => {
  validSeconds = 3_600;
  expect(await twoBatches({ CONTAINER: "only" })).toEqual(["CONTAINER1 token"]);
  expect(keysGiven).toBe(1);
});

test("and requested again before they expire", async () => {
  validSeconds = 1;
  expect((await twoBatches({ CONTAINER: "only" })).length).toBeGreaterThan(1);
});
