import { markdownReport } from "../review/report/markdown-report.ts";
import { planFromJson } from "../review/plan/plan.ts";
import { readPlanFile } from "../review/plan/read-plan.ts";
import { reviewPlan } from "../review/review-plan.ts";

// Reviews the plan that it is given, once, and prints how much processor time each part took, in milliseconds.
const [file = ""] = process.argv.slice(2);
const start = process.cpuUsage();
const soFar = () => {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
};
const json = readPlanFile(file);
const read = soFar();
const document = await reviewPlan(planFromJson([json]), { name: "bench" });
const reviewed = soFar();
markdownReport(document);
console.log(
  JSON.stringify({
    read,
    review: reviewed - read,
    report: soFar() - reviewed,
    findings: document.findings.length,
  }),
);
