import { expect, test } from "@jest/globals";
import { findStackFaults, type StackJson } from "../../terraform/untrusted-stack-rules.ts";
import { devLiteral, prodLiteral } from "../support/environments.ts";
import { everythingLiteral } from "../support/everything.ts";
import { synthesizeBootstrap, synthesizeMessaging } from "../support/synthesized.ts";

/** The parts of a stack that the tests change. */
interface Code {
  [part: string]: unknown;
  terraform: { backend: { s3: Record<string, unknown> }; required_providers: Record<string, unknown> };
  provider: { aws: Record<string, unknown>[] };
  resource: Record<string, Record<string, Record<string, unknown>>>;
  output: Record<string, unknown>;
}

// With all that an environment can have.
const settings = {
  account: "111111111111",
  pipeline: { repository: "owner/name" },
  tags: { team: "messaging" },
};
const messaging = synthesizeMessaging({ ...devLiteral, ...settings }).json;

/** The faults of the messaging stack of dev after a change. */
function faultsAfter(change: (code: Code) => unknown): string[] {
  const code = structuredClone(messaging) as unknown as Code;
  change(code);
  return findStackFaults(code, messaging);
}

/** The only resource of a type. */
function only(code: Code, type: string): Record<string, unknown> {
  const [resource, ...others] = Object.values(code.resource[type] ?? {});
  if (!resource || others.length > 0) throw new Error(`not one ${type}`);
  return resource;
}

/** The provider of another region, as replicas have it. */
const regionalProvider = (code: Code, region: string) => ({
  ...code.provider.aws[0],
  alias: region,
  region,
});

const setProvider = (code: Code, settings: Record<string, unknown>) =>
  (code.provider.aws[0] = { ...code.provider.aws[0], ...settings });

const ENVIRONMENT = '${file("/proc/self/environ")}';
const VPC = "resource.aws_vpc.network_vpc_4E8F0223";
const FUNCTION = "resource.aws_lambda_function.messaging-stream_function_7EC41149";

test.each([
  ["messaging-dev", messaging],
  ["bootstrap-dev", synthesizeBootstrap({ ...devLiteral, ...settings }).json],
  ["messaging-prod", synthesizeMessaging({ ...prodLiteral, ...settings }).json],
  ["bootstrap-prod", synthesizeBootstrap({ ...prodLiteral, ...settings }).json],
  ["messaging-dev with everything on", synthesizeMessaging(everythingLiteral).json],
])("%s has no fault", (_, stack) => {
  expect(findStackFaults(stack, stack as StackJson)).toEqual([]);
});

test("a region with replicas more has no fault: the same provider, there", () => {
  const faults = faultsAfter((code) => {
    code.provider.aws.push(regionalProvider(code, "us-east-1"));
    code.resource["aws_dynamodb_table_replica"] = { more: { provider: "aws.us-east-1" } };
  });
  expect(faults).toEqual([]);
});

test("a change within the rules has no fault: another resource, moves, tags", () => {
  const faults = faultsAfter((code) => {
    const bucket = {
      bucket: "more-${aws_vpc.network_vpc_4E8F0223.id}",
      lifecycle: { prevent_destroy: true },
    };
    code.resource["aws_s3_bucket"] = { more: bucket };
    code["moved"] = [{ from: "aws_s3_bucket.less", to: "aws_s3_bucket.more" }];
    code["removed"] = [{ from: "aws_s3_bucket.least", lifecycle: { destroy: false } }];
    setProvider(code, { default_tags: [{ tags: { team: "other" } }] });
  });
  expect(faults).toEqual([]);
});

const attacks: readonly [name: string, attack: (code: Code) => unknown, fault: string][] = [
  [
    "a program, as an external data source",
    (code) => (code["data"] = { external: { leak: { program: ["env"] } } }),
    "data.external must not be there",
  ],
  [
    "a request, as an http data source",
    (code) => (code["data"] = { http: { leak: { url: "https://example.com" } } }),
    "data.http must not be there",
  ],
  [
    "the items of a table",
    (code) => (code["data"] = { aws_dynamodb_table_item: { leak: { table_name: "cruddur-messages" } } }),
    "data.aws_dynamodb_table_item must not be there",
  ],
  [
    "a table, described by another provider",
    (code) => (code["data"] = { aws_dynamodb_table: { leak: { name: "x", provider: "aws.other" } } }),
    "data.aws_dynamodb_table.leak.provider must not be there",
  ],
  ...["module", "variable", "locals", "import", "check", "ephemeral", "action"].map(
    (part): (typeof attacks)[number] => [
      `a part that stacks don't need, ${part}`,
      (code) => (code[part] = {}),
      `${part} must not be there`,
    ],
  ),
  // A program, a machine to run it on, another provider, a block that hides attributes.
  ...["provisioner", "connection", "_"].map((name): (typeof attacks)[number] => [
    `an argument of Terraform's own, ${name}`,
    (code) => (only(code, "aws_vpc")[name] = {}),
    `${VPC}.${name} must not be there`,
  ]),
  [
    "a resource of another provider",
    (code) => (code.resource["null_resource"] = { leak: {} }),
    "resource.null_resource must be a resource of the AWS provider",
  ],
  [
    "a list of resources where there may be one",
    (code) => (code.resource["aws_vpc"] = { network_vpc_4E8F0223: [{ provisioner: {} }] as never }),
    `${VPC} must be an object`,
  ],
  [
    "a resource that objects of JavaScript hide",
    (code) => (code.resource["aws_vpc"] = JSON.parse('{"__proto__": {"provisioner": {}}}') as never),
    "resource.aws_vpc.__proto__ must not be there",
  ],
  [
    "a condition of a resource's life",
    (code) => (only(code, "aws_vpc")["lifecycle"] = { postcondition: {} }),
    `${VPC}.lifecycle.postcondition must not be there`,
  ],
  [
    "another bucket for the state",
    (code) => (code.terraform.backend.s3["bucket"] = "other"),
    'terraform.backend.s3.bucket must be "cruddur-messaging-dev-state", as in this checkout (given "other")',
  ],
  [
    "a state endpoint elsewhere",
    (code) => (code.terraform.backend.s3["endpoints"] = { s3: "https://example.com" }),
    'terraform.backend.s3.endpoints must not be there, as in this checkout (given {"s3":"https://example.com"})',
  ],
  [
    "a second backend",
    (code) => (code.terraform.backend = { ...code.terraform.backend, http: {} } as never),
    "terraform.backend.http must not be there, as in this checkout (given {})",
  ],
  [
    "another provider",
    (code) => (code.terraform.required_providers["external"] = { source: "hashicorp/external" }),
    'terraform.required_providers.external must not be there, as in this checkout (given {"source":"hashicorp/external"})',
  ],
  [
    "another source of the provider",
    (code) => (code.terraform.required_providers["aws"] = { source: "evil/aws", version: "5.100.0" }),
    'terraform.required_providers.aws.source must be "aws", as in this checkout (given "evil/aws")',
  ],
  [
    "a newer provider",
    (code) => (code.terraform.required_providers["aws"] = { source: "aws", version: "5.101.0" }),
    'terraform.required_providers.aws.version must be "5.100.0", as in this checkout (given "5.101.0"). The code of another provider isn\'t trusted before it is merged: change the provider in a pull request of its own',
  ],
  [
    "another role for the provider",
    (code) => setProvider(code, { assume_role: [{ role_arn: "arn:aws:iam::1:role/x" }] }),
    "provider.aws[0].assume_role must not be there, as in this checkout",
  ],
  [
    "an endpoint of the provider",
    (code) => setProvider(code, { endpoints: [{ sts: "https://example.com" }] }),
    "provider.aws[0].endpoints must not be there, as in this checkout",
  ],
  [
    "another account",
    (code) => setProvider(code, { allowed_account_ids: ["222222222222"] }),
    'provider.aws[0].allowed_account_ids[0] must be "111111111111", as in this checkout',
  ],
  [
    "a provider of what is no region",
    (code) => code.provider.aws.push(regionalProvider(code, "evil.example")),
    "provider.aws[1] must not be there, as in this checkout",
  ],
  [
    "a regional provider with an endpoint",
    (code) => code.provider.aws.push({ ...regionalProvider(code, "us-east-1"), endpoints: [{}] }),
    "provider.aws[1].endpoints must not be there, as in this checkout",
  ],
  [
    "a regional provider for another account",
    (code) =>
      code.provider.aws.push({
        ...regionalProvider(code, "us-east-1"),
        allowed_account_ids: ["222222222222"],
      }),
    'provider.aws[1].allowed_account_ids[0] must be "111111111111", as in this checkout',
  ],
  [
    "a resource of another provider, by its meta-argument",
    (code) => (only(code, "aws_vpc")["provider"] = "external"),
    `${VPC}.provider must be the AWS provider`,
  ],
  [
    "a second provider",
    (code) => code.provider.aws.push({ alias: "other", region: "us-east-1" }),
    "provider.aws[1] must not be there, as in this checkout",
  ],
  [
    "a file in a tag of the provider",
    (code) => setProvider(code, { default_tags: [{ tags: { leak: ENVIRONMENT } }] }),
    "provider.aws[0].default_tags[0].tags.leak must call no function but",
  ],
  [
    "a file in an output",
    (code) => (code.output["leak"] = { value: ENVIRONMENT }),
    "output.leak.value must call no function but",
  ],
  [
    "a file in a tag",
    (code) => (only(code, "aws_vpc")["tags"] = { leak: `a ${ENVIRONMENT}` }),
    `${VPC}.tags.leak must call no function but`,
  ],
  [
    "a file in the name of a tag",
    (code) => (only(code, "aws_vpc")["tags"] = { [ENVIRONMENT]: "leak" }),
    `${VPC}.tags.${ENVIRONMENT} must call no function but`,
  ],
  [
    "a file outside, to upload",
    (code) => (only(code, "aws_lambda_function")["filename"] = "/proc/self/environ"),
    `${FUNCTION}.filename must be a file in the stack's assets/`,
  ],
  [
    "a file outside, on a way through assets",
    (code) => (only(code, "aws_lambda_function")["filename"] = "assets/../../../config"),
    `${FUNCTION}.filename must be a file in the stack's assets/`,
  ],
  [
    "a file outside, as an object's source",
    (code) => (code.resource["aws_s3_object"] = { leak: { source: "/etc/passwd" } }),
    "resource.aws_s3_object.leak.source must be a file in the stack's assets/",
  ],
];

test.each(attacks)("refused, by its place and its rule: %s", (_, attack, fault) => {
  expect(faultsAfter(attack)).toEqual([expect.stringContaining(fault)]);
});

test("what is no stack at all is refused", () => {
  for (const code of [null, [], "x"])
    expect(findStackFaults(code, messaging as StackJson)).toContain("the stack must be an object");
});
