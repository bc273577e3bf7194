import { describe, expect, test } from "@jest/globals";
import { planFromJson } from "../../review/plan/plan.ts";
import { markdownReport } from "../../review/report/markdown-report.ts";
import { textReport } from "../../review/report/text-report.ts";
import { reviewPlan } from "../../review/review-plan.ts";
import { changeOf, planOf } from "./synthetic-plan.ts";

/** What the review says in all its forms about attributes that a resource gets, and about an output. */
async function shown(attributes: object, output?: readonly [name: string, value: unknown]): Promise<string> {
  const plan = planOf(changeOf("aws_thing", "t", "update", { kept: "x" }, { kept: "x", ...attributes }));
  const outputs = output && {
    [output[0]]: { actions: ["update"], before: null, after: output[1], after_unknown: false },
  };
  const document = await reviewPlan(planFromJson([{ ...plan, output_changes: outputs }]), { name: "dev" });
  return [JSON.stringify(document), textReport(document, { width: 10_000 }), markdownReport(document)].join(
    "\n",
  );
}

/** Stands where a secret has no form of its own. */
const SECRET = "hunter2-of-the-owl";
const encoded = (text: string) => Buffer.from(text).toString("base64");

describe("a secret is hidden by its name:", () => {
  test.each([
    "DB_PASS",
    "DB_PWD",
    "PWD",
    "db_pass",
    "STRIPE_KEY",
    "APP_SIGNING_KEY",
    "PASSWORD_SALT",
    "Authorization",
    "x-api-key",
    "passphrase",
    "ssh_passphrase",
    "dbPassword",
    "clientSecret",
    "connectionString",
    "SENTRY_DSN",
    "SLACK_WEBHOOK_URL",
    "access_token",
  ])("%s", async (name) => {
    const pairs = JSON.stringify([{ environment: [{ name, value: SECRET }] }]);
    for (const attributes of [
      { [name]: SECRET },
      { environment: [{ variables: { [name]: SECRET } }] },
      { [name]: [SECRET] },
      { parameter: [{ name, value: SECRET }] },
      { parameters: [{ parameter_name: name, parameter_value: SECRET }] },
      { container_definitions: pairs },
      { definition: JSON.stringify({ Environment: { [name]: SECRET } }) },
      { definition: JSON.stringify({ inner: pairs }) },
    ]) {
      const text = await shown(attributes);
      expect(text).not.toContain(SECRET);
      expect(text).toContain("(hidden)");
    }
    for (const value of [
      SECRET,
      [SECRET],
      { inner: { [name]: SECRET } },
      { list: [{ name, value: SECRET }] },
    ])
      expect(await shown({}, [name, value])).not.toContain(SECRET);
    expect(await shown({}, ["settings", { inner: { [name]: SECRET } }])).not.toContain(SECRET);
  });

  test("an output's name counts for all that is in it, but for references", async () => {
    const text = await shown({}, [
      "credentials",
      { owl: SECRET, nested: [{ any: SECRET }], arn: "arn:aws:x" },
    ]);
    expect(text).not.toContain(SECRET);
    expect(text).toContain("arn:aws:x");
  });
});

describe("a secret is hidden by its content, also within another text:", () => {
  test.each([
    `Bearer ${SECRET}`,
    `Basic ${encoded("owl:hunter2")}`,
    "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc",
    "sk_" + "test_4eC39HqLyjWDarjtT1zdp7dc",
    "ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    `Server=db;User Id=owl;Password=${SECRET};`,
    `Server=db;Uid=owl;pwd=${SECRET}`,
    `Endpoint=sb://bus/;SharedAccessKey=${SECRET}`,
    `postgres://owl:${SECRET}@db.internal/owls`,
    `redis://:${SECRET}@cache`,
    "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXX",
    "https://discord.com/api/webhooks/1/abc",
    "https://team.webhook.office.com/webhookb2/abc",
    "https://outlook.office.com/webhook/abc",
    "https://hooks.zapier.com/hooks/catch/1/abc",
    "https://chat.googleapis.com/v1/spaces/a/messages?key=AIzaAbcdefghijklmnopq&token=abcdefgh",
    `https://example.com/callback?user=1&token=${SECRET}`,
    `https://store.blob.core.windows.net/b?sv=1&sig=${SECRET}`,
    `https://functions.example/api/run?code=${SECRET}`,
    `#!/bin/sh\nexport DB_PASS=${SECRET}\nrun`,
    `#cloud-config\nusers:\n  - password: ${SECRET}\n`,
    `mysql --password ${SECRET} -h db`,
    `curl -d '{"token": "${SECRET}"}' https://example.com`,
  ])("%s", async (secret) => {
    const script = encoded(`#!/bin/sh\n${secret}\n`);
    for (const attributes of [
      { description: secret },
      { description: secret.includes("\n") ? secret : `To use it: ${secret} as before` },
      { list: ["a", secret] },
      { user_data: script },
      { definition: JSON.stringify({ States: [{ Comment: secret }] }) },
    ]) {
      const text = await shown(attributes);
      expect(text).toContain("(hidden)");
      for (const part of [secret, SECRET, script]) expect(text).not.toContain(part);
    }
  });
});

test.each([
  ["secret_arn", "arn:aws:secretsmanager:ca-central-1:111111111111:secret:db-AbCdEf"],
  ["valueFrom", "arn:aws:secretsmanager:ca-central-1:111111111111:secret:db-AbCdEf"],
  ["DB_PASSWORD", "arn:aws:secretsmanager:ca-central-1:111111111111:secret:db-AbCdEf"],
  ["DB_PASSWORD", "{{resolve:secretsmanager:db:SecretString:password}}"],
  ["secret_name", "db"],
  ["http_tokens", "required"],
  ["token_ttl", "3600"],
  ["TOKEN_TTL", "3600"],
  ["max_token_count", "4096"],
  ["MAX_TOKENS", "4096"],
  ["accessKeyId", "the-key"],
  ["kms_key_id", "1234abcd-12ab-34cd-56ef-1234567890ab"],
  ["KMS_KEY_ARN", "arn:aws:kms:ca-central-1:111111111111:key/1234abcd"],
  ["KMS_KEY", "1234abcd-12ab-34cd-56ef-1234567890ab"],
  ["PARTITION_KEY", "pk"],
  ["hash_key", "pk"],
  ["range_key", "sk"],
  ["S3_KEY", "releases/function.zip"],
  ["PUBLIC_KEY", "ssh-rsa AAAAB3NzaC1yc2E"],
  ["name", "by-sk-with-a-name-that-is-longer-than-keys-are-1"],
  ["usage_plan", "Basic"],
  ["usage_plan", "Basic monitoring"],
  ["description", "Basic authentication is off, and Bearer authentication is on"],
  ["description", "Rotates the password: once a month"],
  ["authorization", "AWS_IAM"],
  ["auth_token_update_strategy", "ROTATE"],
  ["url", "https://example.com/a?page=2&region=ca-central-1&key=short"],
  ["commit", "0afb9ce6d8c1f3a4b5c6d7e8f90a1b2c3d4e5f60"],
  ["identity_source", "method.request.header.Authorization"],
  ["user_data", "#!/bin/sh\nexport DB_PASS=$(aws secretsmanager get-secret-value --secret-id db)\n"],
  ["user_data", "#!/bin/sh\nlogin --password $PASSWORD\n"],
  ["pattern", "password=.*"],
])("an ordinary value is shown: %s %s", async (name, value) => {
  const json = JSON.stringify(value).slice(1, -1);
  for (const attributes of [{ [name]: value }, { variables: { [name]: value } }, { pair: [{ name, value }] }])
    expect((await shown(attributes)).replaceAll(String.raw`\\`, "\\")).toContain(
      json.replaceAll(String.raw`\"`, '"'),
    );
});

test("so are numbers and switches of what is about secrets, and a tag's key", async () => {
  const text = await shown({
    password_policy: [{ minimum_length: 12, require_symbols: true, temporary_password_validity_days: 7 }],
    token_validity_units: [{ access_token: "hours" }],
    tag: [{ key: "team", value: "owls" }],
  });
  expect(text).not.toContain("(hidden)");
  for (const part of ["12", "true", "7", "hours", "team", "owls"]) expect(text).toContain(part);
});

test("a trust policy is shown, with the conditions that are named after tokens", async () => {
  const policy = JSON.stringify({
    Statement: [
      {
        Effect: "Allow",
        Action: "sts:AssumeRoleWithWebIdentity",
        Principal: {
          Federated: "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com",
        },
        Condition: {
          StringEquals: {
            "token.actions.githubusercontent.com:sub": "repo:cruddur/messaging:environment:dev",
          },
          DateGreaterThan: { "aws:TokenIssueTime": "2030-01-01T00:00:00Z" },
        },
      },
    ],
  });
  const text = await shown({ assume_role_policy: policy });
  expect(text).not.toContain("(hidden)");
  expect(text).toContain("repo:cruddur/messaging:environment:dev");
});

test("looking for secrets in a long text takes no longer than reading it", async () => {
  const texts = [
    "a-".repeat(100_000),
    "-".repeat(200_000),
    "token ".repeat(40_000),
    `pass${"=".repeat(200_000)}`,
  ];
  const start = performance.now();
  for (const text of [...texts, ...texts.map(encoded)]) await shown({ user_data: text });
  expect(performance.now() - start).toBeLessThan(5_000);
});
