import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Argument, Command, Option } from "commander";
import type { Environment } from "../../config/environment.ts";
import { environmentNamed } from "../../config/load-environments.ts";
import { standingOf } from "../drift.ts";
import { planEnvironment, type StackPlan } from "../plan.ts";
import { declarationsAt } from "./code-before.ts";
import { besidePlan, Declarations, readDeclarations } from "./declarations.ts";
import { type ReviewDocument, reviewJsonSchema, type Verdict } from "./document.ts";
import { driftedChanges } from "./drift.ts";
import { EXCEPTIONS_FILE, readExceptions } from "./exceptions.ts";
import { COMMENT_LIMIT, markdownReport, SUMMARY_LIMIT } from "./markdown-report.ts";
import { plannedChanges } from "./plan.ts";
import { MARK_LENGTH, publish } from "./publish.ts";
import { readPlanFile } from "./read-plan.ts";
import { reviewPlan } from "./review-plan.ts";
import { textReport } from "./text-report.ts";

const projectFolder = dirname(dirname(import.meta.dirname));

const FORMATS = ["text", "markdown", "json"] as const;
type Format = (typeof FORMATS)[number];

const EXIT_CODES: Readonly<Record<Verdict, number>> = { safe: 0, care: 2, blocked: 3 };

const environmentArgument = new Argument("<environment>", "one of config/environments/");
const formatOption = new Option("--format <format>", "how it is printed").choices(FORMATS).default("text");
const failOn = new Option(
  "--fail-on <verdict>",
  "for pipelines: exit 0 unless the verdict is at least this",
).choices(["care", "blocked"] as const);

/** Adds the commands that say what a change does: plan, review, drift, publish-review. */
export function addReviewCommands(program: Command): void {
  for (const command of [planCommand(), reviewCommand(), driftCommand(), publishReviewCommand()])
    program.addCommand(command);
}

interface PlanOptions {
  readonly out?: string;
  readonly offline?: boolean;
  readonly since?: string;
  readonly failOn?: Verdict;
}

/** `npm run plan`: plan an environment, and review the plan. */
const planCommand = () =>
  new Command("plan")
    .description(
      "plan an environment and say what that does; exit 0 nothing to do, 2 changes, 3 blocked, 1 error",
    )
    .addArgument(environmentArgument)
    .option("--out <folder>", "gets the plans and the review (default: .local/plan/<environment>)")
    .option("--offline", "plan from nothing, without credentials")
    .option("--since <commit>", "the code that the change starts from, to see which guards it takes off")
    .addOption(failOn)
    .action(async (name: string, options: PlanOptions) => {
      const environment = environmentNamed(name);
      const out = options.out ?? join(projectFolder, ".local", "plan", environment.name);
      const document = await planAndReview(environment, out, options);
      writeReview(document, out);
      print(document, "text");
      console.log(`The review and the plans are in ${out}`);
      const code = document.verdict === "safe" && document.changes ? 2 : EXIT_CODES[document.verdict];
      process.exitCode = exitCode(document.verdict, code, options.failOn);
    });

async function planAndReview(
  environment: Environment,
  out: string,
  options: PlanOptions,
): Promise<ReviewDocument> {
  const { offline = false, since } = options;
  const plans = await planEnvironment({
    environment,
    folder: join(out, "synthesized"),
    offline,
    onProgress: progress,
  });
  const declaredBefore =
    since === undefined
      ? undefined
      : await declarationsAt(
          since,
          plans.map(({ stack }) => stack),
        );
  return reviewPlan(
    plannedChanges(
      plans.map(({ json }) => json),
      declarationsOf(plans),
    ),
    {
      name: environment.name,
      environment,
      declaredBefore,
      // What nothing is there for can't be matched by an exception.
      exceptions: offline ? [] : readExceptions(EXCEPTIONS_FILE),
      refused: plans.flatMap(({ refused }) => refused),
      notes: notesOn(plans, offline),
    },
  );
}

function notesOn(plans: readonly StackPlan[], offline: boolean): string[] {
  const refused = plans.flatMap((plan) => plan.refused);
  return [
    ...(offline
      ? [
          "Planned offline, from nothing: this says that the whole can be planned, and nothing of what it changes.",
        ]
      : []),
    ...(refused.length > 0
      ? [
          `Terraform refuses this plan, since prevent_destroy guards ${refused.join(", ")}. Told is what it would do without that; no plan was saved.`,
        ]
      : []),
  ];
}

/** `npm run review`: review anybody's plan. */
const reviewCommand = () =>
  new Command("review")
    .description("say what a plan does; exit 0 safe, 2 needs care, 3 blocked, 1 error")
    .argument("[plan.json]", "from: terraform show -json <plan file>, or tofu show -json <plan file>")
    .option("--environment <name>", "one of ours, whose levels then count (default: the plan tells)")
    .addOption(formatOption)
    .option("--code <cdk.tf.json>", "the synthesized stack of the plan (default: the one beside the plan)")
    .option("--code-before <cdk.tf.json>", "the synthesized stack before the change")
    .option("--exceptions <file>", "exceptions (default: with --environment, review-exceptions.json)")
    .addOption(failOn)
    .option("--schema", "print the JSON Schema of the JSON form instead")
    .action(async (file: string | undefined, options: ReviewCommandOptions, command: Command) => {
      if (options.schema) {
        console.log(JSON.stringify(reviewJsonSchema(), null, 2));
        return;
      }
      if (file === undefined) command.error("error: missing required argument 'plan.json'", { exitCode: 1 });
      const document = await reviewFile(file, options);
      print(document, options.format);
      process.exitCode = exitCode(document.verdict, EXIT_CODES[document.verdict], options.failOn);
    });

interface ReviewCommandOptions {
  readonly environment?: string;
  readonly format: Format;
  readonly code?: string;
  readonly codeBefore?: string;
  readonly exceptions?: string;
  readonly failOn?: Verdict;
  readonly schema?: boolean;
}

async function reviewFile(file: string, options: ReviewCommandOptions): Promise<ReviewDocument> {
  const { code, codeBefore, exceptions } = options;
  const environment = options.environment === undefined ? undefined : environmentNamed(options.environment);
  const declarations = readDeclarations(...(code === undefined ? besidePlan(file) : [code]));
  const exceptionsFile = exceptions ?? (environment && EXCEPTIONS_FILE);
  return reviewPlan(plannedChanges([readPlanFile(file)], declarations), {
    name: environment?.name ?? basename(file),
    environment,
    ...(codeBefore !== undefined && { declaredBefore: readDeclarations(codeBefore) }),
    exceptions: exceptionsFile === undefined ? [] : readExceptions(exceptionsFile),
  });
}

/** `npm run drift`: what changed outside Terraform, apart from what is not applied yet. */
const driftCommand = () =>
  new Command("drift")
    .description(
      "say what changed outside Terraform, and what is not applied yet; exit 0 neither, 2 something, 3 blocked, 1 error",
    )
    .addArgument(environmentArgument)
    .addOption(new Option("--format <format>", "how it is printed").choices(["text", "json"]).default("text"))
    .action(async (name: string, { format }: { format: "text" | "json" }) => {
      const environment = environmentNamed(name);
      const folder = join(projectFolder, ".local", "drift", environment.name);
      const { drift, pending } = await standingOf({ environment, folder, onProgress: progress });
      const outside = await reviewPlan(
        driftedChanges(
          drift.map(({ json }) => json),
          declarationsOf(drift),
        ),
        {
          name: `${environment.name}, changed outside Terraform`,
          environment,
        },
      );
      const unapplied = await reviewPlan(
        plannedChanges(
          pending.map(({ json }) => json),
          declarationsOf(pending),
        ),
        {
          name: `${environment.name}, not applied yet`,
          environment,
          refused: pending.flatMap(({ refused }) => refused),
        },
      );
      if (format === "json") console.log(JSON.stringify({ drift: outside, pending: unapplied }, null, 2));
      else for (const document of [outside, unapplied]) print(document, "text");
      const both = [outside, unapplied];
      if (both.some(({ verdict }) => verdict === "blocked")) process.exitCode = EXIT_CODES.blocked;
      else
        process.exitCode = both.some(({ verdict, changes }) => changes || verdict === "care")
          ? EXIT_CODES.care
          : 0;
    });

/** `npm run publish-review`: put a review where the pull request shows it. */
const publishReviewCommand = () =>
  new Command("publish-review")
    .description(
      "in GitHub Actions: the review into the job's summary, and into one comment of the pull request",
    )
    .addArgument(environmentArgument)
    .option("--out <folder>", "the folder of `npm run plan` (default: .local/plan/<environment>)")
    .action(async (name: string, { out }: { out?: string }) => {
      const { name: environment } = environmentNamed(name);
      await publish(environment, out ?? join(projectFolder, ".local", "plan", environment));
    });

const declarationsOf = (plans: readonly StackPlan[]): Declarations =>
  readDeclarations(...plans.map(({ folder }) => join(folder, "cdk.tf.json")));

function writeReview(document: ReviewDocument, folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "review.json"), `${JSON.stringify(document, null, 2)}\n`);
  writeFileSync(join(folder, "review.md"), markdownReport(document, COMMENT_LIMIT - MARK_LENGTH));
  writeFileSync(join(folder, "summary.md"), markdownReport(document, SUMMARY_LIMIT));
  writeFileSync(join(folder, "review.txt"), textReport(document));
}

function print(document: ReviewDocument, format: Format): void {
  const { stdout } = process;
  const colour = stdout.isTTY && stdout.hasColors() && process.env["NO_COLOR"] === undefined;
  if (format === "json") console.log(JSON.stringify(document, null, 2));
  else if (format === "markdown") console.log(markdownReport(document));
  else console.log(textReport(document, { width: stdout.isTTY ? stdout.columns : undefined, colour }));
}

/** Progress is not the answer: it goes to standard error. */
function progress(message: string): void {
  console.error(`${message} …`);
}

const exitCode = (verdict: Verdict, code: number, least: Verdict | undefined) =>
  least === undefined || EXIT_CODES[verdict] >= EXIT_CODES[least] ? code : 0;
