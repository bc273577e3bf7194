import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { runDriftIssue, updateDriftIssue } from "../../review/drift-issue.ts";
import type { GithubRepository } from "../../review/github.ts";
import type { ReviewDocument } from "../../review/report/document.ts";
import { dev } from "../support/environments.ts";
import { FakeGithub } from "./fake-github.ts";

let github: FakeGithub;
let repository: GithubRepository;

beforeEach(async () => {
  github = new FakeGithub();
  github.add({ title: "Drift in prod" });
  github.add({ title: "Drift in dev", pull_request: {} });
  repository = { api: await github.start(), name: "owner/name", token: "token" };
});
afterEach(() => {
  jest.restoreAllMocks();
  github.stop();
});

const drift = (changes: boolean): ReviewDocument => ({
  version: 1,
  verdict: "safe",
  changes,
  subject: "dev (drift)",
  planned: "2030-01-31T12:00:00.000Z",
  counts: { add: 0, change: changes ? 1 : 0, destroy: 0, import: 0, forget: 0 },
  destroyed: [],
  protection: { protected: false, because: "it says so" },
  findings: [],
  summary: changes ? { update: 1 } : {},
  resources: changes ? [{ address: "aws_vpc.own", type: "aws_vpc", action: "update", differences: [] }] : [],
  outputs: [],
  notes: [],
});

test("an environment's issue is opened, updated, and closed when the drift is gone", async () => {
  expect(await updateDriftIssue("dev", drift(true), repository)).toBe("opened");
  const opened = github.items.at(-1);
  expect(opened).toMatchObject({ title: "Drift in dev", labels: ["drift"] });
  expect(opened?.body).toMatch(/aws_vpc\.own[^]*What to do: docs\/runbook\.md#drift$/);
  expect(await updateDriftIssue("dev", drift(true), repository)).toBe("updated");
  expect(await updateDriftIssue("dev", drift(false), repository)).toBe("closed");
  expect(github.items.map(({ state }) => state)).toEqual(["open", "open", "closed"]);
});

test("without drift and without an open issue, nothing is written", async () => {
  expect(await updateDriftIssue("dev", drift(false), repository)).toBe("clean");
  expect(github.calls).toEqual(["GET /repos/owner/name/issues"]);
});

test("fails if GitHub refuses a request, and outside GitHub Actions", async () => {
  await expect(updateDriftIssue("dev", drift(true), { ...repository, token: "wrong" })).rejects.toThrow(
    /^GitHub refused GET \/repos\/owner\/name\/issues.*: 403/,
  );
  jest.replaceProperty(process, "env", {});
  await expect(runDriftIssue(dev)).rejects.toThrow(/Elsewhere, use: npm run drift/);
});
