import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { strToU8, zipSync } from "fflate";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { createFunctionRole } from "./identities.ts";
import { ACCOUNT, clientSettings } from "./messages-table.ts";

/** Actions that Lambda needs to read a stream for a function. */
export const streamReads = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"];

/** Settings of an event source mapping that reads a stream. */
export type MappingSettings = Partial<CreateEventSourceMappingCommandInput>;

interface FunctionOptions extends Partial<CreateFunctionCommandInput> {
  /** Actions that its role may do on every resource. Default: none. */
  readonly allowed?: readonly string[];
  /** Default: the tests' account. */
  readonly account?: string;
}

/**
 * Creates a function with its own role.
 *
 * @param code a CommonJS module that exports `handler`, or a zip with `index.mjs`
 * @returns `connect`, which creates an event source mapping for a table's stream.
 */
export async function createFunction(
  aws: EmbeddedAws,
  FunctionName: string,
  code: string | Uint8Array,
  { allowed = [], account = ACCOUNT, ...options }: FunctionOptions = {},
) {
  await createFunctionRole(aws, account, FunctionName, allowed);
  const lambda = new LambdaClient(clientSettings(aws, account));
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs22.x",
      Role: `arn:aws:iam::${account}:role/${FunctionName}`,
      Handler: "index.handler",
      Timeout: 10,
      Code: { ZipFile: typeof code === "string" ? zipSync({ "index.js": strToU8(code) }) : code },
      ...options,
    }),
  );
  return {
    connect: (EventSourceArn: string, settings: MappingSettings = {}) =>
      lambda.send(
        new CreateEventSourceMappingCommand({
          FunctionName,
          EventSourceArn,
          StartingPosition: "TRIM_HORIZON",
          ...settings,
        }),
      ),
  };
}
