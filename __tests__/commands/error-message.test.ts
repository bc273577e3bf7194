import { mkdirSync } from "node:fs";
import { DynamoDBServiceException } from "@aws-sdk/client-dynamodb";
import { expect, test } from "@jest/globals";
import { errorMessage } from "../../commands/error-message.ts";
import { UserError } from "../../config/user-error.ts";

const $metadata = { requestId: "the-request", attempts: 1 };
const answer = (name: string, message: string) =>
  new DynamoDBServiceException({ name, message, $fault: "client", $metadata });

test.each<[what: string, error: unknown, message: string]>([
  ["a user's mistake", new UserError("It must be dev."), "It must be dev."],
  [
    "a refusal of AWS's",
    answer("AccessDeniedException", "User x is not authorized to perform: y"),
    "AWS refuses: AccessDeniedException: User x is not authorized to perform: y (request the-request).\n" +
      "The credentials lack that permission, or have expired. See docs/runbook.md#permission",
  ],
  [
    "another answer of AWS's",
    answer("Throttled", "Too much."),
    "AWS answers with an error: Throttled: Too much (request the-request).",
  ],
  [
    "no answer",
    Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED", $metadata }),
    "AWS can't be reached: connect ECONNREFUSED 127.0.0.1:1. Check the network, and try again.",
  ],
  [
    "credentials that are gone",
    Object.assign(new Error("The SSO session has expired."), { name: "CredentialsProviderError" }),
    "There are no credentials any more: The SSO session has expired. See docs/runbook.md#account",
  ],
])("%s is a sentence", (_, error, message) => {
  expect(errorMessage(error)).toBe(message);
});

test("what is wrong with a path is a sentence if the path was given", () => {
  const failure = (() => {
    try {
      mkdirSync("/dev/null/out/stacks", { recursive: true });
    } catch (error) {
      return error;
    }
    return undefined;
  })();
  const message = "ENOTDIR: not a directory, mkdir '/dev/null/out/stacks'.";
  expect(errorMessage(failure, ["synth", "--out", "/dev/null/out"])).toBe(message);
  expect(errorMessage(failure, ["synth", "--out=/dev/null/out"])).toBe(message);
  expect(errorMessage(failure, ["synth", "--out", "/elsewhere"])).toBe(failure);
});

test("a mistake of this project keeps its stack, also within a call to AWS", () => {
  const mistake = Object.assign(new TypeError("x is not a function"), { $metadata });
  expect(errorMessage(mistake)).toBe(mistake);
});
