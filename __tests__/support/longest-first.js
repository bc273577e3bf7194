import { createRequire } from "node:module";

const { default: Sequencer } = createRequire(import.meta.url)("@jest/test-sequencer");

/** The files that deploy with Terraform, the longest first: most of their time is waiting, which others can use. */
const LONGEST = [
  "release/promotion-story.test.ts",
  "release/deploy.test.ts",
  "stacks/every-setting.test.ts",
  "constructs/table/replicas-and-readers.test.ts",
  "restore/runbook-paths.test.ts",
  "restore/restore.test.ts",
  "end-to-end.test.ts",
  "review/commands.test.ts",
  "readme.test.ts",
  "review/rules.test.ts",
  "constructs/alarms/deployed-alarms.test.ts",
  "analytics/deployed-analytics.test.ts",
  "constructs/table/scaled-tables.test.ts",
  "release/smoke/smoke.test.ts",
  "terraform/first-plan.test.ts",
  "commands/every-command.test.ts",
  "constructs/table/switched-table.test.ts",
  "constructs/table/another-stream.test.ts",
  "local/application-auto-scaling-terraform.test.ts",
  "local/dax-terraform.test.ts",
];

const place = ({ path }) => {
  const index = LONGEST.findIndex((name) => path.endsWith(name));
  return index < 0 ? LONGEST.length : index;
};

/** Starts the longest test files first. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => place(one) - place(other));
  }
}
