import { appendFileSync } from "node:fs";
import { confirmAtTerminal } from "../config/confirm-at-terminal.ts";
import { UserError } from "../config/user-error.ts";
import type { SavedPlan } from "./rollout-plan.ts";
import { textReport } from "../review/report/text-report.ts";

/** How a plan is approved. */
export interface Approval {
  /** The digest of the plan that was approved before. */
  readonly approve?: string | undefined;
  /** Approves a plan that needs care; for whoever has read the review of the change. */
  readonly acceptCare?: boolean | undefined;
  /** A safe plan needs approval too. */
  readonly always: boolean;
}

/** The review blocks the plan, whatever was approved. */
export class BlockedError extends UserError {}

/** The plan waits for approval; the message has its digest. */
export class ApprovalNeededError extends UserError {}

/** Approves plans as the options say; at a terminal it asks. */
export function createApprover({ approve, acceptCare = false, always }: Approval) {
  return async ({ document, digest, changed }: SavedPlan): Promise<string> => {
    if (approve !== undefined) {
      if (approve === digest) return `approved as ${digest}`;
      throw new ApprovalNeededError(
        `The plan is not the one that was approved (${approve}), but ${digest}. Nothing was applied. Read the review above, and approve that. See docs/runbook.md#other-plan`,
      );
    }
    if (changed.length === 0) return "nothing to do";
    if (!always && document.verdict === "safe") return "the review found nothing";
    if (!always && acceptCare) return "care accepted by --accept-care";
    if (process.stdin.isTTY && (await confirmAtTerminal(document.subject, "apply this to")))
      return "approved at the terminal";
    throw new ApprovalNeededError(
      `${document.subject} was not changed: the plan waits for approval. From a pipeline, the same command with: --approve ${digest}`,
    );
  };
}

/** Approves nothing: for a proposal. */
export function rejectProposal({ document }: SavedPlan): never {
  throw new ApprovalNeededError(`${document.subject} was not changed: this is a proposal.`);
}

/** Shows the review of a plan, and the digest by which it can be approved; to GitHub as the output `plan_digest`. */
export function printPlanReview({ document, digest, changed }: SavedPlan): void {
  console.log(textReport(document, { width: process.stdout.columns, colour: process.stdout.isTTY }));
  console.log(`\nPlan ${digest}: ${changed.length} changes, ${document.verdict}`);
  // https://docs.github.com/en/actions/using-workflows/workflow-commands-for-github-actions#setting-an-output-parameter
  const output = process.env["GITHUB_OUTPUT"];
  if (output) appendFileSync(output, `plan_digest=${digest}\n`);
}
