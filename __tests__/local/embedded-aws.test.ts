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

  test("it listens on 127.0.0.1 and on no other address", async () => {
    const elsewhere = aws.endpoint.replace("127.0.0.1", "127.0.0.2");
    expect((await fetch(aws.endpoint)).status).toBeLessThan(500);
    await expect(fetch(elsewhere)).rejects.toThrow("fetch failed");
  });

  describe("who may do what", () => {
    test("an unknown access key is refused", async () => {
      const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "local" };
      const stranger = new DynamoDBClient({ ...clientSettings(aws), credentials });
      await expect(stranger.send(new ListTablesCommand())).rejects.toThrow(/security token .* is invalid/);
    });

    test("a user may do what the policy says, and nothing else", async () => {
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

    test("two accounts see nothing of each other", async () => {
      const dev = new DynamoDBClient(clientSettings(aws, "111111111111"));
      const prod = new DynamoDBClient(clientSettings(aws, "222222222222"));
      await dev.send(table("only-in-dev"));
      expect((await dev.send(new ListTablesCommand())).TableNames).toContain("only-in-dev");
      expect((await prod.send(new ListTablesCommand())).TableNames).toEqual([]);
    });

    test("a command's environment leads to the account alone, whatever this process's own says", () => {
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
      expect(() => aws.environmentFor("dev")).toThrow('an account\'s id must be 12 digits (given "dev")');
    });
  });

  describe("how it ends", () => {
    test.each(["SIGKILL", "SIGINT", "SIGTERM", "SIGHUP"] as const)(
      "with its parent, by %s",
      async (signal) => {
        const { parent, child } = await startInParent({});
        expect((await processesOf(child.pid)).length).toBeGreaterThanOrEqual(2); // the server and the function
        expect(existsSync(child.runFolder)).toBe(true);

        parent.kill(signal);
        await until(async () => (await processesOf(child.pid)).length === 0);
        await until(() => Promise.resolve(!existsSync(child.runFolder)));
      },
    );

    test("with its parent that just ends", async () => {
      const { parent, child } = await startInParent({ exit: true });
      await parent;
      await until(async () => (await processesOf(child.pid)).length === 0);
    });

    test("by stop, with the functions' processes and its folder; twice is no error", async () => {
      const stopped = await startEmbeddedAws();
      await stopped.stop();
      await stopped.stop();
      expect(await processesOf(stopped.pid)).toEqual([]);
    });

    test("not at all if it's to be kept: the next command finds it, and can stop it", async () => {
      const { parent, child } = await startInParent({ detached: true, folder, exit: true });
      await parent;

      const kept = await findDetachedEmbeddedAws(folder);
      expect(kept).toMatchObject({ pid: child.pid, endpoint: child.endpoint });
      await expect(startEmbeddedAws({ detached: true, folder })).rejects.toThrow("is kept running already");
      await kept?.stop();
      expect(await processesOf(child.pid)).toEqual([]);
      expect(existsSync(child.runFolder)).toBe(false);
      expect(await findDetachedEmbeddedAws(folder)).toBeUndefined();
    });

    test("the note of one that is gone is removed", async () => {
      const note = join(folder, "detached.json");
      const gone = { endpoint: "http://127.0.0.1:1", pid: 1, logFile: "log", runFolder: folder };
      await writeFile(note, JSON.stringify(gone));
      expect(await findDetachedEmbeddedAws(folder)).toBeUndefined();
      expect(existsSync(note)).toBe(false);
    });
  });

  describe("what it refuses", () => {
    test("another version of ministack", async () => {
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

    test("a correction that there is not, with the end of its log", async () => {
      await expect(startEmbeddedAws({ without: ["spelling"] })).rejects.toThrow(
        /ended before it answered.*\/logs\/.*invalid choice: 'spelling'/s,
      );
    });
  });

  describe("its installation", () => {
    const requirementsFile = () => join(folder, "no-packages.txt");
    const install = (messages: string[] = []) =>
      installEmbeddedAws({
        folder: join(folder, "install"),
        requirementsFile: requirementsFile(),
        onProgress: (message) => messages.push(message),
      });

    test("one that was killed half-way is made again, by two at once, and is then left alone", async () => {
      await writeFile(requirementsFile(), "# none\n");
      await mkdir(join(folder, "install/venv/bin"), { recursive: true });
      await writeFile(join(folder, "install/venv/bin/python"), "half of it");

      const elsewhere = ["--import", "tsx", "--eval", installInAnotherProcess()];
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

    test("without python3 it says how to get it", async () => {
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
  const parent = execa("node", ["--import", "tsx", script, JSON.stringify(options)], { reject: false });
  const [line] = await Promise.race([once(parent.stdout, "data"), parent.then(({ stderr }) => [stderr])]);
  return { parent, child: JSON.parse(String(line)) as Child };
}

/** The living processes of the group that this process leads. */
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
