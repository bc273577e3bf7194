import type { Environment } from "../config/environment.ts";
import { applyExceptions, type ReviewException } from "./exceptions.ts";
import type { Declarations } from "./plan/declarations.ts";
import { withoutOwnDoing } from "./plan/drift.ts";
import type { Plan } from "./plan/plan.ts";
import { determineProtection, type Protection } from "./protection.ts";
import {
  changedResource,
  countActions,
  countAsTerraform,
  destroyedResources,
} from "./report/changed-resources.ts";
import { drawDiagram } from "./report/diagram.ts";
import { diffValues } from "./report/difference.ts";
import { DOCUMENT_VERSION, type Finding, type ReviewDocument } from "./report/document.ts";
import { allRules, judgedAttributes, typesJudgedWhenNew } from "./rules/all-rules.ts";
import type { ReviewContext, Rule } from "./rules/rule.ts";

/** What is known about a plan besides its JSON. */
export interface ReviewSubject {
  /** The title of the review: an environment or a file. */
  readonly name: string;
  /** The project's environment that the plan is for. Default: none; the plan may be anyone's. */
  readonly environment?: Environment | undefined;
  /** Exceptions for any environment; only those for this one apply. Default: none. */
  readonly exceptions?: readonly ReviewException[];
  /** The synthesized code before the change. Default: not known. */
  readonly declarationsBefore?: Declarations | undefined;
  /** The addresses of the resources that Terraform refuses to destroy. Default: none. */
  readonly refused?: readonly string[];
  /** Remarks to show at the top. Default: none. */
  readonly notes?: readonly string[];
  /** The commit that was planned. Default: not known. */
  readonly commit?: string | undefined;
  /** The time at which exceptions must not have expired, and of a plan that doesn't say its own. Default: now. */
  readonly now?: Date;
}

/** Reviews what a plan does to data, to the trigger and to access. */
export async function reviewPlan(plan: Plan, subject: ReviewSubject): Promise<ReviewDocument> {
  const {
    name,
    environment,
    declarationsBefore,
    refused = [],
    notes = [],
    commit,
    now = new Date(),
  } = subject;
  const protection = determineProtection(plan, environment);
  const exceptions = (subject.exceptions ?? []).filter(
    (exception) => exception.environment === undefined || exception.environment === environment?.name,
  );
  const context: ReviewContext = {
    requiresPreventDestroy: environment?.protected === true,
    stateBuckets: environment ? [environment.state.bucket] : [],
    refused,
    judged: judgedAttributes,
    judgedNew: typesJudgedWhenNew,
    declarationsBefore,
  };
  const ruleFindings = await Promise.all(allRules.map((rule) => checkRule(rule, plan, protection, context)));
  const findings = applyExceptions(withoutRepetitions(ruleFindings.flat()), exceptions, now).sort(bySeverity);
  const resources = plan.changes.filter(({ action }) => action !== "no-op").map(changedResource);
  const outputs = plan.outputs.flatMap(({ name, before, after }) => diffValues(name, before, after));
  const picture = drawDiagram(plan);
  return {
    version: DOCUMENT_VERSION,
    verdict: verdictOf(findings),
    changes: resources.some(({ action }) => action !== "read") || outputs.length > 0,
    subject: name,
    ...(commit !== undefined && { commit }),
    planned: timeOf(plan.planned) ?? now.toISOString(),
    protection,
    findings,
    counts: countAsTerraform(plan.changes),
    destroyed: destroyedResources(plan.changes),
    summary: countActions(plan.changes),
    resources,
    outputs,
    notes: [
      ...notes,
      ...driftNotes(plan),
      ...(plan.complete || plan.deferred.length > 0
        ? []
        : ["Terraform marks this plan as incomplete: plan again after applying it."]),
    ],
    ...(picture !== undefined && { picture }),
  };
}

/** The deleted resources are findings. */
function driftNotes(plan: Plan): string[] {
  const changed = plan.drift
    .filter(({ action }) => action === "update")
    .filter((change) => withoutOwnDoing(change, plan).action === "update")
    .map(({ address }) => address);
  return changed.length === 0
    ? []
    : [
        `Changed outside Terraform since the last apply: ${changed.join(", ")}. npm run drift shows what changed.`,
      ];
}

async function checkRule(
  rule: Rule,
  plan: Plan,
  protection: Protection,
  context: ReviewContext,
): Promise<Finding[]> {
  const findings = await rule.check(plan, context);
  return findings.map(({ change, level, what, why = rule.reason, instead }) => ({
    rule: rule.name,
    level: protection.protected ? level.protected : level.elsewhere,
    address: change.address,
    ...(change.path !== undefined && { path: change.path }),
    what,
    why,
    instead,
    source: rule.source,
  }));
}

/** The names of the rules that speak only of resources of which no other rule finds anything. */
const LAST_RULES: ReadonlySet<string> = new Set(
  allRules.filter(({ onlyIfNoOther }) => onlyIfNoOther).map(({ name }) => name),
);

function withoutRepetitions(findings: readonly Finding[]): Finding[] {
  const found = new Set(findings.filter(({ rule }) => !LAST_RULES.has(rule)).map(({ address }) => address));
  return findings.filter(({ rule, address }) => !LAST_RULES.has(rule) || !found.has(address));
}

const severity = ({ level, exception }: Finding) => (exception ? 0 : 2) + (level === "blocked" ? 1 : 0);
const bySeverity = (one: Finding, other: Finding) => severity(other) - severity(one);

/** An exception lowers a finding by one level: an intended loss still needs a person's attention. */
function verdictOf(findings: readonly Finding[]): ReviewDocument["verdict"] {
  if (findings.some(({ level, exception }) => level === "blocked" && !exception)) return "blocked";
  return findings.some(({ level, exception }) => level === "blocked" || !exception) ? "care" : "safe";
}

/** In ISO 8601, in UTC. */
function timeOf(text: string | undefined): string | undefined {
  const time = new Date(text ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
