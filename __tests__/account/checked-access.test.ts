import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { accessTo, type Variables } from "../../account/access.ts";
import { checkedAccess } from "../../account/checked-access.ts";
import { bucketClient } from "../../account/state-bucket-client.ts";
import type { Environment } from "../../config/environment.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { EvidenceStore } from "../../release/evidence.ts";
import { dev } from "../support/environments.ts";
import { clientSettings } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";

const ACCOUNT = "111111111111";
const OTHER_ACCOUNT = "333333333333";

/** Checks the access to an environment with these variables. */
function checkedWith(variables: Variables, environment: Environment = dev) {
  jest.replaceProperty(process, "env", variables);
  return checkedAccess(environment);
}
afterEach(() => {
  jest.restoreAllMocks();
});

describeWith(["python"], "the account of an environment", () => {
  let aws: EmbeddedAws;
  const as = (account: string, environment?: Environment) =>
    checkedWith(aws.environmentFor(account), environment);
  const withBucket = (bucket: string): Environment => ({ ...dev, state: { bucket } });
  const createBucket = async ({ state }: Environment) => {
    const client = bucketClient(clientSettings(aws, ACCOUNT));
    await client.send(new CreateBucketCommand({ Bucket: state.bucket }));
    return client;
  };

  beforeAll(async () => {
    aws = await startEmbeddedAws();
  });
  afterAll(() => aws.stop());

  test("is any before it has a state bucket", async () => {
    for (const account of [ACCOUNT, OTHER_ACCOUNT])
      expect(await as(account, withBucket("not-made-yet"))).toMatchObject({
        account,
        env: { AWS_ACCESS_KEY_ID: account },
        client: { credentials: { accessKeyId: account } },
      });
  });

  test("is then that of the state bucket; another's credentials can't read which it is", async () => {
    const environment = withBucket("without-a-deployment");
    await createBucket(environment);
    expect(await as(ACCOUNT, environment)).toMatchObject({ account: ACCOUNT });
    await expect(as(OTHER_ACCOUNT, environment)).rejects.toThrow(
      /^The credentials in AWS_ACCESS_KEY_ID are of account 333333333333 \(arn:aws:iam::333333333333:root\), and can't read s3:\/\/without-a-deployment\/releases\/account, .*: AccessDenied: [^]*\nSet DEV_AWS_PROFILE, .* to a profile of dev's account\./,
    );
  });

  test("is that of its first deployment, which is recorded once and is no evidence", async () => {
    const environment = withBucket("deployed");
    await createBucket(environment);
    const store = new EvidenceStore(environment, clientSettings(aws, ACCOUNT));
    await store.begin("a".repeat(64), "2026-01-01T00:00:00.000Z", OTHER_ACCOUNT);
    await store.begin("b".repeat(64), "2026-01-02T00:00:00.000Z", ACCOUNT);
    await expect(as(ACCOUNT, environment)).rejects.toThrow(
      /^The credentials .* 111111111111 .*, and dev is in account 333333333333, as s3:\/\/deployed\/releases\/account says, which its first deployment wrote\. If dev is to be in another account, set account in config\/environments\/dev\.ts\.\nSet DEV_AWS_PROFILE, .* to a profile of account 333333333333\./,
    );
    expect(await store.all()).toEqual([]);
    expect(await store.unfinished()).toBe(true);
  });

  test("is the one in its settings, whatever is recorded", async () => {
    const environment = withBucket("moved");
    const client = await createBucket(environment);
    const object = { Bucket: "moved", Key: "releases/account", Body: OTHER_ACCOUNT };
    await client.send(new PutObjectCommand(object));
    expect(await as(ACCOUNT, { ...environment, account: ACCOUNT })).toMatchObject({ account: ACCOUNT });
    await expect(as(ACCOUNT, { ...environment, account: "222222222222" })).rejects.toThrow(
      /, and dev is in account 222222222222, as account in config\/environments\/dev\.ts says\./,
    );
  });

  test("is not found out with credentials that AWS refuses, and what AWS said is passed on", async () => {
    const stranger = {
      ...aws.environmentFor(ACCOUNT),
      AWS_ACCESS_KEY_ID: "a",
      DEV_AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      DEV_AWS_SECRET_ACCESS_KEY: "b",
    };
    await expect(checkedWith(stranger)).rejects.toThrow(
      /^AWS refuses the credentials for dev \(DEV_AWS_ACCESS_KEY_ID\): InvalidClientTokenId: The security token included in the request is invalid\.\nSet DEV_AWS_PROFILE/,
    );
  });
});

describe("an endpoint", () => {
  const ask = async (answer: RequestListener) => {
    const server = createServer(answer).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const variables = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
    try {
      return await checkedWith({ ...variables, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  };

  test.each<[what: string, answer: RequestListener]>([
    ["has another server", (_, response) => response.writeHead(404).end("<html>Not found</html>")],
    ["has another server that is content", (_, response) => response.end("<html>Welcome</html>")],
  ])("that %s is not AWS", async (_, answer) => {
    await expect(ask(answer)).rejects.toThrow(/^What answers at AWS_ENDPOINT_URL=http:\S+ is not AWS: /);
  });

  test("at which nobody answers is not waited for long", async () => {
    await expect(ask(() => undefined)).rejects.toThrow(
      /^Nothing answers at AWS_ENDPOINT_URL=http:\S+: timed out\. Unset it/,
    );
  });
});

describe("the credentials for an environment", () => {
  const region = "ca-central-1";
  const work = { AWS_PROFILE: "work", AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };

  test("are its own where they are said, and then nothing of the others", () => {
    const variables = {
      ...work,
      AWS_SESSION_TOKEN: "c",
      DEV_AWS_ACCESS_KEY_ID: "dev-a",
      DEV_AWS_SECRET_ACCESS_KEY: "dev-b",
    };
    const { env, client, source } = accessTo(dev, variables);
    expect(client).toEqual({ region, credentials: { accessKeyId: "dev-a", secretAccessKey: "dev-b" } });
    expect(source).toBe("DEV_AWS_ACCESS_KEY_ID");
    expect(env).toMatchObject({
      AWS_ACCESS_KEY_ID: "dev-a",
      AWS_SESSION_TOKEN: undefined,
      AWS_PROFILE: undefined,
    });
    const profile = { ...work, AWS_ROLE_ARN: "arn", DEV_AWS_PROFILE: "dev" };
    expect(accessTo(dev, profile)).toMatchObject({
      env: { AWS_ACCESS_KEY_ID: undefined, AWS_ROLE_ARN: undefined, AWS_PROFILE: "dev" },
      client: { profile: "dev" },
      source: "DEV_AWS_PROFILE=dev",
    });
  });

  test("are else those that AWS's own tools take", () => {
    const others = { AWS_PROFILE: "work", AWS_ROLE_ARN: "arn", PROD_AWS_PROFILE: "prod" };
    expect(accessTo(dev, others)).toMatchObject({
      env: { AWS_ROLE_ARN: "arn" },
      client: { region, profile: "work" },
    });
    expect(accessTo(dev, {}).client).toEqual({ region });
  });
});
