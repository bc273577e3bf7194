import { allRules } from "./rules/all-rules.ts";
import { compare, differencesBetween } from "./report/difference.ts";
import {
  type ChangedResource,
  DOCUMENT_VERSION,
  type Finding,
  type ReviewDocument,
} from "./report/document.ts";
import { holdsOn, type ReviewException } from "./exceptions.ts";
import { pictureOf } from "./report/picture.ts";
import type { Plan, ResourceChange } from "./plan/plan.ts";
import type { Protection } from "./protection.ts";
import type { Found, Levels, Rule, Surroundings } from "./rules/rule.ts";

/** What a plan is judged with. */
export interface ReviewOptions extends Omit<Surroundings, "isProtected"> {
  readonly subject: string;
  readonly protection: Protection;
  /** Those that hold for this subject. Default: none. */
  readonly exceptions?: readonly ReviewException[];
  /** Default: every one. */
  readonly rules?: readonly Rule[];
  readonly notes?: readonly string[];
  /** The day on which exceptions have to hold. Default: today. */
  readonly now?: Date;
}

/** Judges a plan: what it does to data, to the trigger and to who may do what. */
export async function review(plan: Plan, options: ReviewOptions): Promise<ReviewDocument> {
  const { subject, protection, exceptions = [], notes = [], now = new Date() } = options;
  const findings = (await judged(plan, options)).map((finding) => excepted(finding, exceptions, now));
  const unmatched = exceptions.filter(
    (exception) => holdsOn(exception, now) && !findings.some((finding) => matches(exception, finding)),
  );
  const all = [...findings, ...refused(exceptions, now), ...unmatched.map(pointless)].sort(byWeight);
  const resources = plan.changes.filter(({ action }) => action !== "no-op").map(changedResource);
  const outputs = plan.outputs.flatMap(({ name, before, after }) => compare(name, before, after));
  const picture = pictureOf(plan);
  return {
    version: DOCUMENT_VERSION,
    verdict: verdictOf(all),
    changes: resources.some(({ action }) => action !== "read") || outputs.length > 0,
    subject,
    protection,
    findings: all,
    summary: summaryOf(plan.changes),
    resources,
    outputs,
    notes: [
      ...notes,
      ...(plan.complete || plan.deferred.length > 0
        ? []
        : ["Terraform says that this plan is not the whole: another has to follow it."]),
    ],
    ...(picture !== undefined && { picture }),
  };
}

async function judged(plan: Plan, options: ReviewOptions): Promise<Finding[]> {
  const surroundings: Surroundings = { ...options, isProtected: options.protection.protected };
  const found = await Promise.all(
    (options.rules ?? allRules).map(async (rule) =>
      (await rule.judge(plan, surroundings)).map((one) => findingOf(rule, one, options.protection)),
    ),
  );
  return found.flat();
}

function findingOf(rule: Rule, found: Found, protection: Protection): Finding {
  const { change, what, why = rule.reason, instead } = found;
  return {
    rule: rule.name,
    level: levelIn(found.level, protection),
    address: change.address,
    ...(change.path !== undefined && { path: change.path }),
    what,
    why,
    instead,
    source: rule.source,
  };
}

const levelIn = (levels: Levels, protection: Protection) =>
  protection.protected ? levels.protected : levels.elsewhere;

const matches = ({ rule, address }: ReviewException, finding: Finding) =>
  finding.rule === rule && finding.address === address;

function excepted(finding: Finding, exceptions: readonly ReviewException[], now: Date): Finding {
  const exception = exceptions.find((candidate) => matches(candidate, finding) && holdsOn(candidate, now));
  if (!exception) return finding;
  const { reason, approver, expires } = exception;
  return { ...finding, exception: { reason, approver, expires } };
}

/** The rule that exceptions are under themselves; nothing is excepted from it. */
const EXCEPTION_RULE = "refused-exception";
const EXCEPTION_SOURCE = "docs/review.md#exceptions";

const refused = (exceptions: readonly ReviewException[], now: Date): Finding[] =>
  exceptions
    .filter((exception) => !holdsOn(exception, now))
    .map(({ rule, address, expires, approver }) => ({
      rule: EXCEPTION_RULE,
      level: "blocked",
      address,
      what: `The exception from ${rule} expired on ${expires}.`,
      why: "An exception is for one change, at one time; what it let through was judged as things were then.",
      instead: `Take it out of the exceptions; or let ${approver} look again, and write another day.`,
      source: EXCEPTION_SOURCE,
    }));

const pointless = ({ rule, address }: ReviewException): Finding => ({
  rule: EXCEPTION_RULE,
  level: "blocked",
  address,
  what: `The exception from ${rule} matches no finding.`,
  why: "An exception that stays after its change lets the same harm through the next time, unseen.",
  instead: "Take it out of the exceptions; or write rule and address as the finding shows them.",
  source: EXCEPTION_SOURCE,
});

const weight = ({ level, exception }: Finding) => (exception ? 2 : 0) + (level === "blocked" ? 0 : 1);
const byWeight = (one: Finding, other: Finding) => weight(one) - weight(other);

/** What is excepted weighs one level less: a loss that is meant still needs a person's eye. */
function verdictOf(findings: readonly Finding[]): ReviewDocument["verdict"] {
  if (findings.some(({ level, exception }) => level === "blocked" && !exception)) return "blocked";
  return findings.some(({ level, exception }) => level === "blocked" || !exception) ? "care" : "safe";
}

function summaryOf(changes: readonly ResourceChange[]): Record<string, number> {
  const summary: Record<string, number> = {};
  for (const { action } of changes) {
    const name = action === "no-op" ? "unchanged" : action;
    summary[name] = (summary[name] ?? 0) + 1;
  }
  return summary;
}

function changedResource({
  address,
  path,
  type,
  action,
  previousAddress,
  before,
  after,
}: ResourceChange): ChangedResource {
  const isMove = previousAddress !== undefined && previousAddress !== address;
  return {
    address,
    ...(path !== undefined && { path }),
    type,
    action: action as ChangedResource["action"],
    ...(isMove && { previousAddress }),
    // What is made or goes is told by its name; its attributes are in the code.
    differences: before && after ? differencesBetween(before, after) : [],
  };
}
