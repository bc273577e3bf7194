import { createServer, type IncomingMessage, type Server } from "node:http";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { publishReview } from "../../review/publish-review.ts";

interface Comment {
  readonly id: number;
  body: string;
  readonly user: { readonly type: string };
}

/** A fake of GitHub's API for comments, with pages of a hundred. */
class Comments {
  readonly all: Comment[] = [];
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request).then(([status, body]) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage): Promise<[number, unknown]> {
    const url = new URL(request.url ?? "", "http://github");
    if (request.headers.authorization !== "Bearer token")
      return [403, { message: "Resource not accessible" }];
    const id = Number(/comments\/(\d+)$/.exec(url.pathname)?.[1]);
    const body = (await text(request)) || "{}";
    const given = JSON.parse(body) as { body: string };
    if (request.method === "POST") return [201, this.add(given.body, "Bot")];
    if (request.method === "PATCH")
      return [200, Object.assign(this.all.find((one) => one.id === id) ?? {}, given)];
    const page = Number(url.searchParams.get("page"));
    return [200, this.all.slice((page - 1) * 100, page * 100)];
  }

  add(body: string, type: string): Comment {
    const comment = { id: this.all.length + 1, body, user: { type } };
    this.all.push(comment);
    return comment;
  }
}

const names = [
  "GITHUB_API_URL",
  "GITHUB_REPOSITORY",
  "GITHUB_TOKEN",
  "GITHUB_EVENT_PATH",
  "GITHUB_STEP_SUMMARY",
];
const before = Object.fromEntries(names.map((name) => [name, process.env[name]]));
let github: Comments;
let folder: string;

beforeEach(async () => {
  jest.spyOn(console, "log").mockImplementation(() => undefined);
  github = new Comments();
  folder = mkdtempSync(join(tmpdir(), "publish-"));
  writeFileSync(join(folder, "event.json"), JSON.stringify({ number: 7, pull_request: {} }));
  Object.assign(process.env, {
    GITHUB_API_URL: await github.start(),
    GITHUB_REPOSITORY: "cruddur/messaging",
    GITHUB_TOKEN: "token",
    GITHUB_EVENT_PATH: join(folder, "event.json"),
    GITHUB_STEP_SUMMARY: join(folder, "job-summary.md"),
  });
  review("one");
});

afterEach(() => {
  github.stop();
  rmSync(folder, { recursive: true });
  for (const name of names) {
    const value = before[name];
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
});

function review(content: string): void {
  writeFileSync(join(folder, "review.md"), content);
  writeFileSync(join(folder, "summary.md"), `${content}, in full\n`);
}

test("each environment has one comment, which later runs update", async () => {
  await publishReview("dev", folder);
  await publishReview("prod", folder);
  review("two");
  await publishReview("dev", folder);
  expect(github.all.map(({ body }) => body)).toEqual([
    "two\n<!-- plan review: dev -->",
    "one\n<!-- plan review: prod -->",
  ]);
  expect(readFileSync(join(folder, "job-summary.md"), "utf8")).toBe(
    "one, in full\none, in full\ntwo, in full\n",
  );
});

test("the comment is found among more than a page of others, and a user's quote of it doesn't count", async () => {
  github.add("I quote:\n<!-- plan review: dev -->", "User");
  for (let count = 0; count < 120; count++) github.add("talk", "User");
  await publishReview("dev", folder);
  review("two");
  await publishReview("dev", folder);
  expect(github.all).toHaveLength(122);
  expect(github.all.at(-1)?.body).toBe("two\n<!-- plan review: dev -->");
});

test("without a token, as for a fork, only the summary is written", async () => {
  Reflect.deleteProperty(process.env, "GITHUB_TOKEN");
  await publishReview("dev", folder);
  expect(github.all).toEqual([]);
  expect(readFileSync(join(folder, "job-summary.md"), "utf8")).toBe("one, in full\n");
});

test("the error of a refused request names the request", async () => {
  process.env["GITHUB_TOKEN"] = "other";
  await expect(publishReview("dev", folder)).rejects.toThrow(
    /^GitHub refused GET \/repos\/cruddur\/messaging\/issues\/7\/comments\S+: 403 .*Resource not accessible/,
  );
});

test("without a review the error says what to run", async () => {
  await expect(publishReview("dev", join(folder, "none"))).rejects.toThrow(/Create it with: npm run plan$/);
});
