import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { projectFolder } from "../../config/project-folder.ts";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { installEmbeddedAws } from "../../local/embedded-aws/install.ts";
import { findDetachedEmbeddedAws } from "../../local/embedded-aws/detached-instance.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { describeWith } from "../support/requirements.ts";
import { query } from "../support/query-protocol.ts";
import { ACCOUNT, clientSettings } from "../support/messages-table.ts";

describeWith(["python"], "an embedded AWS", () => {
  let aws: EmbeddedAws;
  let folder: string;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    folder = await mkdtemp(join(tmpdir(), "embedded-aws-test-"));
  });

  afterAll(async () => {
    await aws.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("listens on 127.0.0.1 only", async () => {
    const elsewhere = aws.endpoint.replace("127.0.0.1", "127.0.0.2");
    expect((await fetch(aws.endpoint)).status).toBeLessThan(500);
    await expect(fetch(elsewhere)).rejects.toThrow("fetch failed");
  });

  describe("permissions", () => {
    test("an unknown access key is rejected", async () => {
      const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "local" };
      const stranger = new DynamoDBClient({ ...clientSettings(aws), credentials });
      await expect(stranger.send(new ListTablesCommand())).rejects.toThrow(/security token .* is invalid/);
    });

    test("a user may do only what the policy allows", async () => {
      const iam = (Action: string, parameters = {}) =>
        query(aws, ACCOUNT, "iam", { Action, Version: "2010-05-08", UserName: "reader", ...parameters });
      const statement = { Effect: "Allow", Action: "dynamodb:ListTables", Resource: "*" };
      await iam("CreateUser");
      await iam("PutUserPolicy", {
        PolicyName: "list",
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
      });
      const key = await iam("CreateAccessKey");
      const credentials = {
        accessKeyId: /<AccessKeyId>(.*?)</.exec(key)?.[1] ?? "",
        secretAccessKey: /<SecretAccessKey>(.*?)</.exec(key)?.[1] ?? "",
      };

      const reader = new DynamoDBClient({ ...clientSettings(aws), credentials });
      await expect(reader.send(new ListTablesCommand())).resolves.toBeDefined();
      await expect(reader.send(table("readers"))).rejects.toThrow(
        "not authorized to perform: dynamodb:CreateTable",
      );
      const forger = new DynamoDBClient({
        ...clientSettings(aws),
        credentials: { ...credentials, secretAccessKey: "forged" },
      });
      await expect(forger.send(new ListTablesCommand())).rejects.toThrow(/signature/i);
    });

    test("two accounts don't see each other's resources", async () => {
      const dev = new DynamoDBClient(clientSettings(aws, "111111111111"));
      const prod = new DynamoDBClient(clientSettings(aws, "222222222222"));
      await dev.send(table("only-in-dev"));
      expect((await dev.send(new ListTablesCommand())).TableNames).toContain("only-in-dev");
      expect((await prod.send(new ListTablesCommand())).TableNames).toEqual([]);
    });

    test("environmentFor replaces every AWS_ variable of this process", () => {
      process.env["AWS_PROFILE"] = "work";
      process.env["AWS_ENDPOINT_URL_DYNAMODB"] = "http://elsewhere";
      try {
        expect(aws.environmentFor("222222222222")).toMatchObject({
          AWS_ENDPOINT_URL: aws.endpoint,
          AWS_ACCESS_KEY_ID: "222222222222",
          AWS_REGION: "ca-central-1",
          AWS_PROFILE: undefined,
          AWS_ENDPOINT_URL_DYNAMODB: undefined,
        });
      } finally {
        delete process.env["AWS_PROFILE"];
        delete process.env["AWS_ENDPOINT_URL_DYNAMODB"];
      }
      expect(() => aws.environmentFor("dev")).toThrow('an account id must be 12 digits (given "dev")');
    });
  });

  describe("stops", () => {
    test("with its parent, when that is killed, interrupted or ends", async () => {
      await Promise.all(
        (["SIGKILL", "SIGINT", "SIGTERM", "SIGHUP", undefined] as const).map(async (signal) => {
          const { parent, child } = await startInParent({ exit: signal === undefined });
          if (signal === undefined) await parent;
          else {
            // The server and the function.
            expect((await processesOf(child.pid)).length).toBeGreaterThanOrEqual(2);
            expect(existsSync(child.runFolder)).toBe(true);
            parent.kill(signal);
          }
          await until(async () => (await processesOf(child.pid)).length === 0);
          await until(() => Promise.resolve(!existsSync(child.runFolder)));
        }),
      );
    });

    test("on stop(), with its functions' processes and its run folder; a second call does nothing", async () => {
      const stopped = await startEmbeddedAws();
      await stopped.stop();
      await stopped.stop();
      expect(await processesOf(stopped.pid)).toEqual([]);
    });

    test("on stop() only, if detached; the next command finds it", async () => {
      const { parent, child } = await startInParent({ detached: true, folder, exit: true });
      await parent;

      const detached = await findDetachedEmbeddedAws(folder);
      expect(detached).toMatchObject({ pid: child.pid, endpoint: child.endpoint });
      await expect(startEmbeddedAws({ detached: true, folder })).rejects.toThrow(
        "a detached embedded AWS is already running",
      );
      await detached?.stop();
      expect(await processesOf(child.pid)).toEqual([]);
      expect(existsSync(child.runFolder)).toBe(false);
      expect(await findDetachedEmbeddedAws(folder)).toBeUndefined();
    });

    test("detached.json is removed if its instance has ended", async () => {
      const file = join(folder, "detached.json");
      const ended = { endpoint: "http://127.0.0.1:1", pid: 1, logFile: "log", runFolder: folder };
      await writeFile(file, JSON.stringify(ended));
      expect(await findDetachedEmbeddedAws(folder)).toBeUndefined();
      expect(existsSync(file)).toBe(false);
    });
  });

  describe("does not start", () => {
    test("with another version of ministack", async () => {
      const python = await installEmbeddedAws();
      const metadata = join(folder, "ministack-1.5.34.dist-info");
      await mkdir(metadata);
      await writeFile(
        join(metadata, "METADATA"),
        "Metadata-Version: 2.1\nName: ministack\nVersion: 1.5.34\n",
      );
      const launcher = join(projectFolder, "local/embedded-aws/launch.py");
      const { exitCode, stderr } = await execa(python, [launcher], {
        env: { PYTHONPATH: folder },
        reject: false,
      });
      expect(exitCode).toBe(3);
      expect(stderr).toContain("ministack must be exactly 1.5.33 (installed: 1.5.34)");
    });

    test("with an unknown correction; the error has the last lines of the log", async () => {
      await expect(startEmbeddedAws({ without: ["spelling"] })).rejects.toThrow(
        /ended before it responded.*\/logs\/.*invalid choice: 'spelling'/s,
      );
    });
  });

  describe("installation", () => {
    const requirementsFile = () => join(folder, "no-packages.txt");
    const install = (messages: string[] = []) =>
      installEmbeddedAws({
        folder: join(folder, "install"),
        requirementsFile: requirementsFile(),
        onProgress: (message) => messages.push(message),
      });

    test("an interrupted one is repeated, by two processes at once, and then reused", async () => {
      await writeFile(requirementsFile(), "# none\n");
      await mkdir(join(folder, "install/venv/bin"), { recursive: true });
      await writeFile(join(folder, "install/venv/bin/python"), "half of it");

      const elsewhere = ["--import", "./typescript.mjs", "--eval", installInAnotherProcess()];
      const [python, other] = await Promise.all([
        install(),
        execa("node", elsewhere, { cwd: projectFolder }),
      ]);
      expect(other.stdout).toBe(python);
      expect((await execa(python, ["--version"])).stdout).toMatch(/^Python 3/);

      const messages: string[] = [];
      await install(messages);
      expect(messages).toEqual([]);
    });

    test("without python3, the error says how to install it", async () => {
      const path = process.env["PATH"];
      process.env["PATH"] = folder;
      try {
        const nothingInstalled = { folder: join(folder, "nothing"), requirementsFile: requirementsFile() };
        await expect(installEmbeddedAws(nothingInstalled)).rejects.toThrow(
          /needs python3, version 3.10.*apt-get install/,
        );
      } finally {
        process.env["PATH"] = path;
      }
    });

    function installInAnotherProcess() {
      const options = JSON.stringify({
        folder: join(folder, "install"),
        requirementsFile: requirementsFile(),
      });
      return `import("./local/embedded-aws/install.ts")
      .then(({ installEmbeddedAws }) => installEmbeddedAws(${options}))
      .then((python) => process.stdout.write(python));`;
    }
  });
});

function table(TableName: string) {
  return new CreateTableCommand({
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
  });
}

interface Child {
  pid: number;
  endpoint: string;
  runFolder: string;
}

async function startInParent(options: { detached?: boolean; folder?: string; exit?: boolean }) {
  const script = join(import.meta.dirname, "parent.ts");
  const parent = execa("node", ["--import", "./typescript.mjs", script, JSON.stringify(options)], {
    cwd: projectFolder,
    reject: false,
  });
  const [line] = await Promise.race([once(parent.stdout, "data"), parent.then(({ stderr }) => [stderr])]);
  return { parent, child: JSON.parse(String(line)) as Child };
}

/** The running processes in the group of this leader. */
async function processesOf(leader: number): Promise<string[]> {
  const { stdout } = await execa("ps", ["-eo", "pgid=,stat=,args="]);
  return stdout.split("\n").filter((line) => new RegExp(`^ *${leader} +[^Z]`).test(line));
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error("not within 5 seconds");
    await sleep(20);
  }
}
