/**
 * A process that starts an embedded AWS with a function's process in it, prints where it is as a line of JSON, and
 * waits. Its argument holds the options of `startEmbeddedAws` as JSON, and `exit` to end instead of waiting.
 */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { startEmbeddedAws, type StartOptions } from "../../local/embedded-aws/start.ts";
import { clientSettings } from "../support/messages-table.ts";
import { createFunction } from "./small-function.ts";

const { exit, ...options } = JSON.parse(process.argv[2] ?? "{}") as StartOptions & { exit?: boolean };
const aws = await startEmbeddedAws(options);
await createFunction(aws, "warm", "exports.handler = async () => process.env.TMPDIR;");
const answer = await new LambdaClient(clientSettings(aws)).send(new InvokeCommand({ FunctionName: "warm" }));
const runFolder: unknown = JSON.parse(answer.Payload?.transformToString() ?? "");
console.log(JSON.stringify({ pid: aws.pid, endpoint: aws.endpoint, runFolder }));
if (exit !== true) setInterval(() => undefined, 60_000);
