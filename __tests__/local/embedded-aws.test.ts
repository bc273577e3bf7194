import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { projectFolder } from "../../config/project-folder.ts";
import { UserError } from "../../config/user-error.ts";
import type { EmbeddedAws, Instance } from "../../local/embedded-aws/embedded-aws.ts";
import { installEmbeddedAws } from "../../local/embedded-aws/install.ts";
import { tableInput } from "../../local/table-input.ts";
import { findDetachedEmbeddedAws } from "../../local/embedded-aws/detached-instance.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { describeWith } from "../support/requirements.ts";
import { createUser } from "../support/identities.ts";
import { clientSettings, createMessagesTable } from "../support/messages-table.ts";
import { until } from "../support/until.ts";

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
      const listTables = { Effect: "Allow", Action: "dynamodb:ListTables", Resource: "*" };
      const credentials = await createUser(aws, "reader", listTables);
      const reader = new DynamoDBClient({ ...clientSettings(aws), credentials });
      await expect(reader.send(new ListTablesCommand())).resolves.toBeDefined();
      await expect(reader.send(new CreateTableCommand(tableInput("messages", "readers")))).rejects.toThrow(
        "not authorized to perform: dynamodb:CreateTable",
      );
      const forged = { ...credentials, secretAccessKey: "forged" };
      const forger = new DynamoDBClient({ ...clientSettings(aws), credentials: forged });
      await expect(forger.send(new ListTablesCommand())).rejects.toThrow(/signature/i);
    });

    test("two accounts don't see each other's resources", async () => {
      const { client: dev } = await createMessagesTable(aws, "only-in-dev", "111111111111");
      const prod = new DynamoDBClient(clientSettings(aws, "222222222222"));
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
          await until(() => !existsSync(child.runFolder));
        }),
      );
    });

    test("on stop(); a second call does nothing", async () => {
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
      // Too busy to answer is not ended.
      process.kill(child.pid, "SIGSTOP");
      expect(await findDetachedEmbeddedAws(folder)).toMatchObject({ pid: child.pid });
      await detached?.stop();
      expect(await processesOf(child.pid)).toEqual([]);
      expect(existsSync(child.runFolder)).toBe(false);
      expect(await findDetachedEmbeddedAws(folder)).toBeUndefined();
    });

    test("detached.json is removed if its instance has ended, even if another process got its id", async () => {
      const file = join(folder, "detached.json");
      const ended = { endpoint: "http://127.0.0.1:1", logFile: "log", runFolder: folder };
      for (const pid of [1, process.pid, 2 ** 30]) {
        await writeFile(file, JSON.stringify({ ...ended, pid }));
        expect(await findDetachedEmbeddedAws(folder)).toBeUndefined();
        expect(existsSync(file)).toBe(false);
      }
    });
  });

  describe("does not start", () => {
    test("with another version of ministack", async () => {
      const python = await installEmbeddedAws();
      const metadata = join(folder, "ministack-1.5.34.dist-info");
      await mkdir(metadata);
      const version = "Metadata-Version: 2.1\nName: ministack\nVersion: 1.5.34\n";
      await writeFile(join(metadata, "METADATA"), version);
      const launcher = join(projectFolder, "local/embedded-aws/launch.py");
      const options = { env: { PYTHONPATH: folder }, reject: false };
      const { exitCode, stderr } = await execa(python, [launcher], options);
      expect(exitCode).toBe(1);
      expect(stderr).toContain("ministack must be exactly 1.5.33 (installed: 1.5.34)");
    });

    test("with an unknown correction; the error has the last lines of the log", async () => {
      await expect(startEmbeddedAws({ without: ["spelling"] })).rejects.toThrow(
        /ended before it responded.*\/logs\/.*invalid choice: 'spelling'/s,
      );
    });
  });

  describe("installation", () => {
    const options = (name: string) => ({
      folder: join(folder, name),
      requirementsFile: join(folder, "no-packages.txt"),
    });

    test("an interrupted one is repeated, by two processes at once, and then reused", async () => {
      const interrupted = options("interrupted");
      await writeFile(interrupted.requirementsFile, "# none\n");
      await mkdir(join(interrupted.folder, "venv/bin"), { recursive: true });
      await writeFile(join(interrupted.folder, "venv/bin/python"), "half of it");

      const installElsewhere = `import("./local/embedded-aws/install.ts")
        .then(({ installEmbeddedAws }) => installEmbeddedAws(${JSON.stringify(interrupted)}))
        .then((python) => process.stdout.write(python));`;
      const [python, other] = await Promise.all([
        installEmbeddedAws(interrupted),
        execa("node", ["--import", "./typescript.mjs", "--eval", installElsewhere], { cwd: projectFolder }),
      ]);
      expect(other.stdout).toBe(python);
      expect((await execa(python, ["--version"])).stdout).toMatch(/^Python 3/);

      const messages: string[] = [];
      await installEmbeddedAws({ ...interrupted, onProgress: (message) => messages.push(message) });
      expect(messages).toEqual([]);
    });

    test("without a package index, the error soon says which was tried, and what to set; no credentials", async () => {
      const others = Object.entries(process.env).filter(([name]) => !name.startsWith("PIP_"));
      const replaced = jest.replaceProperty(process, "env", {
        ...Object.fromEntries(others),
        PIP_CONFIG_FILE: devNull,
        PIP_INDEX_URL: "http://someone:secret@127.0.0.1:1/simple",
      });
      const missing = { ...options("missing"), requirementsFile: join(folder, "missing.txt") };
      await writeFile(missing.requirementsFile, `no-such-package==1 --hash=sha256:${"0".repeat(64)}\n`);
      try {
        const error = await installEmbeddedAws(missing).catch((reason: unknown) => reason as UserError);
        expect(error).toBeInstanceOf(UserError);
        expect(String(error)).toMatch(
          /^UserError: The Python packages of the embedded AWS can't be installed\. Tried: python3 -m pip install .*missing\.txt\nfrom the package index http:\/\/127\.0\.0\.1:1\/simple\. pip says:\n {2}Failed to establish a new connection: .*\n(.*\n)* {2}ERROR: No matching distribution found for no-such-package==1\n.*set PIP_INDEX_URL .*, or HTTPS_PROXY /,
        );
        expect(String(error)).not.toContain("secret");
      } finally {
        replaced.restore();
      }
    });

    test("without python3, the error says how to install it", async () => {
      const path = process.env["PATH"];
      process.env["PATH"] = folder;
      try {
        await expect(installEmbeddedAws(options("nothing"))).rejects.toThrow(
          /needs python3, version 3.10.*apt-get install/,
        );
      } finally {
        process.env["PATH"] = path;
      }
    });
  });
});

async function startInParent(options: { detached?: boolean; folder?: string; exit?: boolean }) {
  const script = join(import.meta.dirname, "parent.ts");
  const parent = execa("node", ["--import", "./typescript.mjs", script, JSON.stringify(options)], {
    cwd: projectFolder,
    reject: false,
  });
  const [line] = await Promise.race([once(parent.stdout, "data"), parent.then(({ stderr }) => [stderr])]);
  return { parent, child: JSON.parse(String(line)) as Omit<Instance, "logFile"> };
}

/** The running processes in the group of this leader. */
async function processesOf(leader: number): Promise<string[]> {
  const { stdout } = await execa("ps", ["-eo", "pgid=,stat=,args="]);
  return stdout.split("\n").filter((line) => new RegExp(`^ *${leader} +[^Z]`).test(line));
}
