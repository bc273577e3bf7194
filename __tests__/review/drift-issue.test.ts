import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { runDriftIssue, updateDriftIssue } from "../../review/drift-issue.ts";
import { type ReviewDocument } from "../../review/report/document.ts";
import { dev } from "../support/environments.ts";

interface Issue {
  readonly number: number;
  title: string;
  body?: string;
  state: string;
  readonly pull_request?: object;
}

let server: Server;
let issues: Issue[];
let calls: string[];

/** A fake of GitHub's API for issues. */
beforeAll(async () => {
  server = createServer((request, response) => {
    void (async () => {
      const { method = "", url = "", headers } = request;
      const given = JSON.parse((await text(request)) || "{}") as Partial<Issue>;
      calls.push(`${method} ${url.replace(/\?.*/, "")}`);
      const number = /issues\/(\d+)$/.exec(url)?.[1];
      const issue = issues.find((one) => String(one.number) === number);
      if (headers.authorization !== "Bearer token") response.statusCode = 401;
      else if (method === "POST") issues.push({ number: 9, title: "", state: "open", ...given });
      else if (issue) Object.assign(issue, given);
      response.end(JSON.stringify(method === "GET" ? issues.filter(({ state }) => state === "open") : {}));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.close();
});
beforeEach(() => {
  calls = [];
  issues = [
    { number: 1, title: "Drift in prod", state: "open" },
    { number: 2, title: "Drift in dev", state: "open", pull_request: {} },
  ];
});

const repository = (token = "token") => ({
  api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  name: "owner/name",
  token,
});

const drift = (changes: boolean): ReviewDocument => ({
  version: 1,
  verdict: "safe",
  changes,
  subject: "dev (drift)",
  protection: { protected: false, because: "it says so" },
  findings: [],
  summary: changes ? { update: 1 } : {},
  resources: changes ? [{ address: "aws_vpc.own", type: "aws_vpc", action: "update", differences: [] }] : [],
  outputs: [],
  notes: [],
});

test("an environment's issue is opened, updated, and closed when the drift is gone", async () => {
  expect(await updateDriftIssue("dev", drift(true), repository())).toBe("opened");
  const opened = issues.find(({ number }) => number === 9);
  expect(opened).toMatchObject({ title: "Drift in dev", labels: ["drift"] });
  expect(opened?.body).toMatch(/aws_vpc\.own[^]*What to do: docs\/runbook\.md#drift$/);
  expect(await updateDriftIssue("dev", drift(true), repository())).toBe("updated");
  expect(await updateDriftIssue("dev", drift(false), repository())).toBe("closed");
  expect(opened).toMatchObject({ state: "closed" });
  expect(issues.filter(({ state }) => state === "open").map(({ number }) => number)).toEqual([1, 2]);
});

test("without drift and without an open issue, nothing is written", async () => {
  expect(await updateDriftIssue("dev", drift(false), repository())).toBe("clean");
  expect(calls).toEqual(["GET /repos/owner/name/issues"]);
});

test("fails if GitHub refuses a request, and outside GitHub Actions", async () => {
  await expect(updateDriftIssue("dev", drift(true), repository("wrong"))).rejects.toThrow(
    /^GitHub refused GET \/repos\/owner\/name\/issues.*: 401/,
  );
  const { GITHUB_TOKEN: token } = process.env;
  delete process.env["GITHUB_TOKEN"];
  await expect(runDriftIssue(dev)).rejects.toThrow(/Elsewhere, use: npm run drift/);
  if (token !== undefined) process.env["GITHUB_TOKEN"] = token;
});
