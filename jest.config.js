import { availableParallelism } from "node:os";

// Which Node.js runs the tests is for who runs them to choose.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

/** @type {import("jest").Config} */
export default {
  testEnvironment: "node",
  testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
  modulePathIgnorePatterns: ["<rootDir>/cdktf.out", "<rootDir>/.local"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": ["@swc/jest", { jsc: { target: "es2023", parser: { syntax: "typescript" } } }] },
  globalSetup: "<rootDir>/__tests__/support/install-embedded-aws.ts",
  // Jest wraps what tests leave on the global object, again and again, until setting it overflows the stack.
  testEnvironmentOptions: { globalsCleanup: "off" },
  // The machine may be busy with Terraform.
  testTimeout: 120_000,
  // Much of the time is spent waiting: for what Terraform makes, and for processes.
  maxWorkers: availableParallelism() + 1,
  testSequencer: "<rootDir>/__tests__/support/longest-first.js",
};
