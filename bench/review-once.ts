import { markdownReport } from "../review/report/markdown-report.ts";
import { planFromJson } from "../review/plan/plan.ts";
import { readPlanFile } from "../review/plan/read-plan.ts";
import { reviewPlan } from "../review/review-plan.ts";

// Reviews the plan in the given file once, and prints the processor time of each part in milliseconds.
const [file = ""] = process.argv.slice(2);
const start = process.cpuUsage();
const processorTime = () => {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
};
const json = readPlanFile(file);
const read = processorTime();
const document = await reviewPlan(planFromJson([json]), { name: "bench" });
const reviewed = processorTime();
markdownReport(document);
console.log(
  JSON.stringify({
    read,
    review: reviewed - read,
    report: processorTime() - reviewed,
    findings: document.findings.length,
  }),
);
