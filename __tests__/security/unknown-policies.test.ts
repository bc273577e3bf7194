import { expect, test } from "@jest/globals";
import { addUnknownPolicies } from "../../security/unknown-policies.ts";

test("a policy that the plan doesn't know is read from the code, and one that it knows is left", () => {
  const known = '{"Statement":[]}';
  const resources = [
    { type: "aws_iam_role_policy", name: "reads" },
    { type: "aws_iam_role_policy", name: "known", values: { policy: known } },
    { type: "aws_s3_bucket", name: "state", values: { bucket: "state" } },
  ];
  const policy =
    '{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":["*","${aws_s3_bucket.state.arn}/${element(split(":", "a:b"), 1)}"]}]}';
  const roles = { aws_iam_role_policy: { reads: { policy }, known: { policy } } };
  const bucket = { aws_s3_bucket: { state: { bucket: "state" } } };
  addUnknownPolicies({ planned_values: { root_module: { resources } } }, [bucket, roles]);
  expect(resources).toEqual([
    {
      type: "aws_iam_role_policy",
      name: "reads",
      values: {
        policy: '{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":["*","unknown/unknown"]}]}',
      },
    },
    { type: "aws_iam_role_policy", name: "known", values: { policy: known } },
    { type: "aws_s3_bucket", name: "state", values: { bucket: "state" } },
  ]);
});
