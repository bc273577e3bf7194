/**
 * Starts an embedded AWS, invokes a function in it, prints its process id, endpoint and run folder as JSON, and waits.
 * The argument is JSON with the options of `startEmbeddedAws`, and `exit: true` to end instead of waiting.
 */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { startEmbeddedAws, type StartOptions } from "../../local/embedded-aws/start.ts";
import { createFunction } from "../support/create-function.ts";
import { clientSettings } from "../support/messages-table.ts";

const { exit, ...options } = JSON.parse(process.argv[2] ?? "{}") as StartOptions & { exit?: boolean };
const aws = await startEmbeddedAws(options);
await createFunction(aws, "warm", "exports.handler = async () => process.env.TMPDIR;");
const answer = await new LambdaClient(clientSettings(aws)).send(new InvokeCommand({ FunctionName: "warm" }));
const runFolder: unknown = JSON.parse(answer.Payload?.transformToString() ?? "");
console.log(JSON.stringify({ pid: aws.pid, endpoint: aws.endpoint, runFolder }));
if (exit !== true) setInterval(() => undefined, 60_000);
