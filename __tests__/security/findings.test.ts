import { expect, test } from "@jest/globals";
import { acceptedFindings } from "../../security/accepted-findings.ts";
import { unexplainedIgnores } from "../../security/check-workflows.ts";
import { faultsOf, readFindings } from "../../security/findings.ts";

/** An answer of checkov 3.3.30, less what isn't read, on a plan of two log groups. */
const answer = JSON.stringify({
  check_type: "terraform_plan",
  results: {
    failed_checks: ["old", "new"].map((name) => ({
      check_id: "CKV_AWS_158",
      check_name: "Ensure that CloudWatch Log Group is encrypted by KMS",
      check_result: { result: "FAILED", evaluated_keys: ["kms_key_id"] },
      resource: `aws_cloudwatch_log_group.${name}`,
    })),
  },
  summary: {
    passed: 3,
    failed: 2,
    skipped: 0,
    parsing_errors: 0,
    resource_count: 2,
    checkov_version: "3.3.30",
  },
});

const accept = (name: string, check = "CKV_AWS_158") => ({
  check,
  resource: `aws_cloudwatch_log_group.${name}`,
  reason: "It holds nothing that is secret.",
});

test("a finding that is accepted for one resource fails the check for another", () => {
  expect(faultsOf(readFindings(answer, 2), [accept("old")])).toEqual([
    "CKV_AWS_158 aws_cloudwatch_log_group.new: Ensure that CloudWatch Log Group is encrypted by KMS",
  ]);
});

test("what is accepted and not found any more fails the check", () => {
  const accepted = [accept("old"), accept("new"), accept("gone"), accept("old", "CKV_AWS_338")];
  expect(faultsOf(readFindings(answer, 2), accepted)).toEqual([
    expect.stringMatching(/^CKV_AWS_158 aws_cloudwatch_log_group\.gone: .* not found any more/),
    expect.stringMatching(/^CKV_AWS_338 aws_cloudwatch_log_group\.old: .* not found any more/),
  ]);
});

test("an answer about fewer resources than were planned proves nothing", () => {
  expect(() => readFindings(answer, 3)).toThrow("must see the plan's 3 resources (saw 2");
});

test("every accepted finding has its reason, once", () => {
  const named = acceptedFindings.map(({ check, resource }) => `${check} ${resource}`);
  expect(named).toEqual([...new Set(named)]);
  for (const { reason } of acceptedFindings) expect(reason).toMatch(/^[A-Z].{40,}\.$/);
});

test("a comment that silences zizmor must say why", () => {
  const workflow = [
    "on: push # zizmor: ignore[dangerous-triggers]",
    "jobs: {} # zizmor: ignore[undocumented-permissions] the job's name says it",
  ];
  expect(unexplainedIgnores("a.yml", workflow.join("\n"))).toEqual([expect.stringMatching(/^a\.yml:1: /)]);
});
