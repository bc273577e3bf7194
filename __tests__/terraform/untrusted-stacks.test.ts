import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { App } from "cdktf";
import { loadEnvironments } from "../../config/load-environments.ts";
import { projectFolder } from "../../config/project-folder.ts";
import { BootstrapStack } from "../../stacks/bootstrap-stack.ts";
import { MessagingStack } from "../../stacks/messaging-stack.ts";
import { copyUntrustedStacks, findNewStacks } from "../../terraform/untrusted-stacks.ts";
import { devLiteral, prodLiteral } from "../support/environments.ts";

const place = mkdtempSync(join(tmpdir(), "untrusted-"));
const trusted = join(place, "trusted");
const [from, to] = [join(place, "from"), join(place, "to")];
const stack = join(from, "stacks/messaging-dev");

beforeAll(() => {
  // With all that an environment can have.
  const settings = {
    account: "111111111111",
    pipeline: { repository: "owner/name" },
    tags: { team: "messaging" },
  };
  const app = new App({ outdir: trusted });
  for (const environment of loadEnvironments({
    dev: { ...devLiteral, ...settings },
    prod: { ...prodLiteral, ...settings, account: "222222222222" },
  })) {
    new BootstrapStack(app, environment);
    new MessagingStack(app, environment);
  }
  app.synth();
});
beforeEach(() => {
  for (const folder of [from, to]) rmSync(folder, { recursive: true, force: true });
  cpSync(trusted, from, { recursive: true });
});
afterAll(() => {
  rmSync(place, { recursive: true });
});

const ALL = ["messaging-dev", "bootstrap-dev", "messaging-prod", "bootstrap-prod"];
const copy = (...stacks: readonly string[]) => {
  copyUntrustedStacks({ from, to, trusted, stacks: stacks.length > 0 ? stacks : ["messaging-dev"] });
};

/** What the check says of the stack messaging-dev, a line for each fault. */
function faults(): string[] {
  try {
    copy();
  } catch (error) {
    expect(existsSync(to)).toBe(false);
    return (error as Error).message.split("\n").slice(1, -1);
  }
  return [];
}

interface Code {
  [part: string]: unknown;
  terraform: { backend: { s3: Record<string, unknown> }; required_providers: Record<string, unknown> };
  provider: { aws: Record<string, unknown>[] };
  resource: Record<string, Record<string, Record<string, unknown>>>;
  output: Record<string, unknown>;
}

function edit(change: (code: Code) => unknown): void {
  const file = join(stack, "cdk.tf.json");
  const code = JSON.parse(readFileSync(file, "utf8")) as Code;
  change(code);
  writeFileSync(file, JSON.stringify(code));
}

/** The only resource of a type. */
function only(code: Code, type: string): Record<string, unknown> {
  const [resource, ...others] = Object.values(code.resource[type] ?? {});
  if (!resource || others.length > 0) throw new Error(`not one ${type}`);
  return resource;
}

const ENVIRONMENT = '${file("/proc/self/environ")}';
const VPC = "resource.aws_vpc.network_vpc_4E8F0223";
const FUNCTION = "resource.aws_lambda_function.messaging-stream_function_7EC41149";

test("the stacks of every environment pass, each with its assets and this checkout's lock file", () => {
  copy(...ALL);
  for (const name of ALL) {
    const read = (folder: string, file: string) => readFileSync(join(folder, "stacks", name, file), "utf8");
    expect(JSON.parse(read(to, "cdk.tf.json"))).toEqual(JSON.parse(read(trusted, "cdk.tf.json")));
    expect(read(to, ".terraform.lock.hcl")).toBe(
      readFileSync(join(projectFolder, "terraform.lock.hcl"), "utf8"),
    );
  }
  const files = readdirSync(join(to, "stacks/messaging-dev"), { recursive: true, encoding: "utf8" });
  expect(files.filter((file) => file.endsWith(".zip"))).toHaveLength(1);
});

test("a change that stays within the rules passes: another resource, moves, tags, an expression", () => {
  edit((code) => {
    const bucket = {
      bucket: "more-${aws_vpc.network_vpc_4E8F0223.id}",
      lifecycle: { prevent_destroy: true },
    };
    code.resource["aws_s3_bucket"] = { more: bucket };
    code.resource["aws_subnet"] = {
      ...code.resource["aws_subnet"],
      more: { cidr_block: '${cidrsubnet("10.0.${element(split(":", aws_vpc.x.arn), 4)}.0/16", 4, 2)}' },
    };
    code["moved"] = [{ from: "aws_s3_bucket.less", to: "aws_s3_bucket.more" }];
    code["removed"] = [{ from: "aws_s3_bucket.least", lifecycle: { destroy: false } }];
    code.provider.aws[0] = { ...code.provider.aws[0], default_tags: [{ tags: { team: "other" } }] };
  });
  expect(faults()).toEqual([]);
});

const attacks: readonly [name: string, attack: (code: Code) => unknown, fault: string][] = [
  [
    "a program, as an external data source",
    (code) => (code["data"] = { external: { leak: { program: ["env"] } } }),
    "data must not be there",
  ],
  [
    "a request, as an http data source",
    (code) => (code["data"] = { http: { leak: { url: "https://example.com" } } }),
    "data must not be there",
  ],
  ...["module", "variable", "locals", "import", "check", "ephemeral", "action"].map(
    (part): (typeof attacks)[number] => [
      `a part that stacks don't need, ${part}`,
      (code) => (code[part] = {}),
      `${part} must not be there`,
    ],
  ),
  [
    "a provisioner",
    (code) => (only(code, "aws_vpc")["provisioner"] = { "local-exec": { command: "env" } }),
    `${VPC}.provisioner must not be there`,
  ],
  [
    "a connection",
    (code) => (only(code, "aws_vpc")["connection"] = { host: "example.com" }),
    `${VPC}.connection must not be there`,
  ],
  [
    "the provider of a resource",
    (code) => (only(code, "aws_vpc")["provider"] = "external"),
    `${VPC}.provider must not be there`,
  ],
  [
    "an attribute in an escaping block",
    (code) => (only(code, "aws_vpc")["_"] = { filename: "/etc/passwd" }),
    `${VPC}._ must not be there`,
  ],
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
    'terraform.backend.s3.endpoints must be nothing, as in this checkout (given {"s3":"https://example.com"})',
  ],
  [
    "a backend that runs no S3",
    (code) => (code.terraform.backend = { http: { address: "https://example.com" } } as never),
    'terraform.backend.http must be nothing, as in this checkout (given {"address":"https://example.com"})',
  ],
  [
    "another provider",
    (code) => (code.terraform.required_providers["external"] = { source: "hashicorp/external" }),
    'terraform.required_providers.external must be nothing, as in this checkout (given {"source":"hashicorp/external"})',
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
    (code) =>
      (code.provider.aws[0] = {
        ...code.provider.aws[0],
        assume_role: [{ role_arn: "arn:aws:iam::1:role/x" }],
      }),
    "provider.aws[0].assume_role must be nothing, as in this checkout",
  ],
  [
    "an endpoint of the provider",
    (code) =>
      (code.provider.aws[0] = { ...code.provider.aws[0], endpoints: [{ sts: "https://example.com" }] }),
    "provider.aws[0].endpoints must be nothing, as in this checkout",
  ],
  [
    "another account",
    (code) => (code.provider.aws[0] = { ...code.provider.aws[0], allowed_account_ids: ["222222222222"] }),
    'provider.aws[0].allowed_account_ids[0] must be "111111111111", as in this checkout',
  ],
  [
    "a second provider",
    (code) => code.provider.aws.push({ alias: "other", region: "us-east-1" }),
    "provider.aws[1] must be nothing, as in this checkout",
  ],
  [
    "a file in a tag of the provider",
    (code) =>
      (code.provider.aws[0] = { ...code.provider.aws[0], default_tags: [{ tags: { leak: ENVIRONMENT } }] }),
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
  [
    "an asset that isn't there",
    (code) => (only(code, "aws_lambda_function")["filename"] = "assets/none.zip"),
    "assets/none.zip is missing",
  ],
];

test.each(attacks)("refused, by stack, place and rule: %s", (_, attack, fault) => {
  edit(attack);
  expect(faults().join("\n")).toContain(`- messaging-dev: ${fault}`);
});

test.each([
  '${templatefile("/etc/passwd", {})}',
  '${filebase64("/etc/passwd")}',
  '${upper(file("/etc/passwd"))}',
  '${join(",", [file ("/etc/passwd")])}',
  '${upper("${file("/etc/passwd")}")}',
  '$${}${file("/etc/passwd")}',
  '$${"}${file("/etc/passwd")}',
  '${upper("\\"${file("/etc/passwd")}")}',
  '%{ if file("/etc/passwd") != "" }x%{ endif }',
  '${upper(/* " */ file("/etc/passwd") /* " */)}',
  "${provider::aws::arn_parse(aws_vpc.x.arn)}",
  "${path.cwd}",
  "${terraform.workspace}",
  "${data.aws_secretsmanager_secret_version.x.secret_string}",
  "${timestamp()}",
  '${aws_vpc.x.id == "" ? fileset("/", "*") : []}',
  '${[for name in fileset("/", "*") : name]}',
  "${aws_vpc.x.id",
  '${upper("',
])("an expression that could read more than the stack is refused: %s", (value) => {
  edit((code) => (code.output["leak"] = { value }));
  expect(faults()).toEqual([expect.stringMatching(/^- messaging-dev: output\.leak\.value must /)]);
});

test("every fault is said at once, of every stack", () => {
  edit((code) => {
    code["data"] = {};
    code.output["leak"] = { value: ENVIRONMENT };
    code.terraform.backend.s3["key"] = "other";
  });
  writeFileSync(join(from, "stacks/bootstrap-dev/cdk.tf.json"), "{");
  expect(() => {
    copy("messaging-dev", "bootstrap-dev");
  }).toThrow(
    /\n- messaging-dev: data .*\n- messaging-dev: terraform\.backend\.s3\.key .*\n- messaging-dev: output\.leak\.value .*\n- bootstrap-dev: cdk\.tf\.json must be there, and be JSON\n/,
  );
});

test("a key that is there twice is what was checked: the last", () => {
  const file = join(stack, "cdk.tf.json");
  const code = readFileSync(file, "utf8");
  writeFileSync(
    file,
    code.replace("{", `{ "output": { "leak": { "value": ${JSON.stringify(ENVIRONMENT)} } },`),
  );
  expect(faults()).toEqual([]);
  expect(readFileSync(join(to, "stacks/messaging-dev/cdk.tf.json"), "utf8")).not.toContain("/proc/self");
});

test("nothing else of the folder is used: no configuration, no plugin, no variables", () => {
  writeFileSync(join(stack, "evil.tf"), 'output "leak" { value = file("/proc/self/environ") }');
  writeFileSync(join(stack, "evil_override.tf.json"), "{}");
  writeFileSync(join(stack, "terraform.tfvars"), "");
  writeFileSync(join(stack, ".terraform.lock.hcl"), "");
  mkdirSync(join(stack, ".terraform/providers"), { recursive: true });
  writeFileSync(join(stack, ".terraform/terraform.tfstate"), "{}");
  writeFileSync(join(stack, "assets/unnamed.zip"), "");
  expect(faults()).toEqual([]);
  expect(readdirSync(to)).toEqual(["stacks"]);
  expect(readdirSync(join(to, "stacks"))).toEqual(["messaging-dev"]);
  expect(readdirSync(join(to, "stacks/messaging-dev")).sort()).toEqual([
    ".terraform.lock.hcl",
    "assets",
    "cdk.tf.json",
  ]);
  expect(readdirSync(join(to, "stacks/messaging-dev/assets"))).not.toContain("unnamed.zip");
});

test.each(["cdk.tf.json", "assets/link.zip", "../../review-exceptions.json"])(
  "a link is refused before anything is read: %s",
  (name) => {
    const file = join(stack, name);
    rmSync(file, { force: true });
    symlinkSync("/proc/self/environ", file);
    expect(faults()).toEqual([expect.stringMatching(/^- \S+ must be a file or a folder$/)]);
  },
);

test("a stack that is missing is named, and so are those of an environment that is new", () => {
  cpSync(stack, join(from, "stacks/messaging-staging"), { recursive: true });
  expect(findNewStacks(from, trusted)).toEqual(["messaging-staging"]);
  rmSync(stack, { recursive: true });
  expect(faults()).toEqual(["- messaging-dev: cdk.tf.json must be there, and be JSON"]);
  expect(() => {
    copyUntrustedStacks({ from: join(place, "none"), to, trusted, stacks: [] });
  }).toThrow(/^--synthesized must name a folder with stacks\//);
});
