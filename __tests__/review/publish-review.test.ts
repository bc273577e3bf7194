import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { publishReview } from "../../review/publish-review.ts";
import type { ReviewDocument } from "../../review/report/document.ts";
import { FakeGithub } from "./fake-github.ts";

let github: FakeGithub;
let folder: string;

beforeEach(async () => {
  jest.spyOn(console, "log").mockImplementation(() => undefined);
  github = new FakeGithub();
  folder = mkdtempSync(join(tmpdir(), "publish-"));
  writeFileSync(join(folder, "event.json"), JSON.stringify({ number: 7, pull_request: {} }));
  jest.replaceProperty(process, "env", {
    GITHUB_API_URL: await github.start(),
    GITHUB_SERVER_URL: "https://github.example",
    GITHUB_REPOSITORY: "cruddur/messaging",
    GITHUB_RUN_ID: "99",
    GITHUB_TOKEN: "token",
    GITHUB_EVENT_PATH: join(folder, "event.json"),
    GITHUB_STEP_SUMMARY: join(folder, "job-summary.md"),
  });
  review("one");
});

afterEach(() => {
  jest.restoreAllMocks();
  github.stop();
  rmSync(folder, { recursive: true });
});

function review(content: string): void {
  writeFileSync(join(folder, "review.md"), content);
  writeFileSync(join(folder, "summary.md"), `${content}, in full\n`);
}

/** As for a workflow that follows the run of another one. */
function afterRun(pullRequests: readonly number[]): void {
  const run = { head_sha: "c0ffee", pull_requests: pullRequests.map((number) => ({ number })) };
  // The event of such a run has the number of no pull request itself.
  writeFileSync(join(folder, "event.json"), JSON.stringify({ action: "completed", workflow_run: run }));
}

function verdict(verdict: ReviewDocument["verdict"]): void {
  const document: ReviewDocument = {
    version: 1,
    verdict,
    changes: true,
    subject: "dev",
    planned: "2030-01-31T12:00:00.000Z",
    counts: { add: 0, change: 1, destroy: 0, import: 0, forget: 0 },
    destroyed: [],
    protection: { protected: false, because: "it says so" },
    findings: [],
    summary: {},
    resources: [],
    outputs: [],
    notes: [],
  };
  writeFileSync(join(folder, "review.json"), JSON.stringify(document));
}

test("each environment has one comment, which later runs update", async () => {
  await publishReview("dev", folder);
  await publishReview("prod", folder);
  review("two");
  await publishReview("dev", folder);
  expect(github.items.map(({ body }) => body)).toEqual([
    "two\n<!-- plan review: dev -->",
    "one\n<!-- plan review: prod -->",
  ]);
  expect(readFileSync(join(folder, "job-summary.md"), "utf8")).toBe(
    "one, in full\none, in full\ntwo, in full\n",
  );
});

test("the comment is found among more than a page of others, and a user's quote of it doesn't count", async () => {
  const user = { type: "User" };
  github.add({ body: "I quote:\n<!-- plan review: dev -->", user });
  for (let count = 0; count < 120; count++) github.add({ body: "talk", user });
  await publishReview("dev", folder);
  review("two");
  await publishReview("dev", folder);
  expect(github.items).toHaveLength(122);
  expect(github.items.at(-1)?.body).toBe("two\n<!-- plan review: dev -->");
});

test("without a token, as for a fork, only the summary is written", async () => {
  delete process.env["GITHUB_TOKEN"];
  await publishReview("dev", folder);
  expect(github.items).toEqual([]);
  expect(readFileSync(join(folder, "job-summary.md"), "utf8")).toBe("one, in full\n");
});

test("the error of a refused request names the request", async () => {
  process.env["GITHUB_TOKEN"] = "other";
  await expect(publishReview("dev", folder)).rejects.toThrow(
    /^GitHub refused GET \/repos\/cruddur\/messaging\/issues\/7\/comments\S+: 403 .*Resource not accessible/,
  );
});

test("without a review the error says what to run, also where there is nothing to write it to", async () => {
  await expect(publishReview("dev", join(folder, "none"))).rejects.toThrow(/Create it with: npm run plan$/);
  jest.replaceProperty(process, "env", {});
  await expect(publishReview("dev", join(folder, "none"))).rejects.toThrow(/Create it with: npm run plan$/);
});

test.each([
  ["safe", "success", "Safe: no harmful change found"],
  ["care", "success", expect.stringMatching(/^Needs care: /)],
  ["blocked", "failure", expect.stringMatching(/^Blocked: /)],
] as const)(
  "a job that follows the pull request's run sets a status on its commit: %s is %s",
  async (level, state, description: unknown) => {
    afterRun([8, 9]);
    verdict(level);
    await publishReview("dev", folder);
    expect(github.calls).toEqual([
      "POST /repos/cruddur/messaging/statuses/c0ffee",
      "GET /repos/cruddur/messaging/issues/8/comments",
      "POST /repos/cruddur/messaging/issues/8/comments",
    ]);
    expect(github.items).toMatchObject([
      {
        context: "plan (dev)",
        state,
        description,
        target_url: "https://github.example/cruddur/messaging/actions/runs/99",
      },
      { body: "one\n<!-- plan review: dev -->" },
    ]);
  },
);

test("there, a plan that was refused or failed is a failed status, and replaces the comment of the last one", async () => {
  afterRun([8]);
  verdict("safe");
  await publishReview("dev", folder);
  await publishReview("dev", join(folder, "none"));
  expect(github.items).toMatchObject([
    { state: "success" },
    {
      body: expect.stringMatching(
        /^## ⛔ No plan: dev\n[^]*\(https:\/\/github\.example\S+\/runs\/99\)[^]*\n<!-- plan review: dev -->$/,
      ) as unknown,
    },
    { context: "plan (dev)", state: "failure" },
  ]);
});

test("there, a pull request that is closed meanwhile gets no comment, and the commit its status", async () => {
  afterRun([]);
  verdict("safe");
  await publishReview("dev", folder);
  expect(github.calls).toEqual(["POST /repos/cruddur/messaging/statuses/c0ffee"]);
});
