import { z } from "zod";

/** A finding of checkov: a check that a resource fails. */
export interface Finding {
  /** Id of the check, for example "CKV_AWS_158". */
  readonly check: string;
  /** Terraform's address of the resource. */
  readonly resource: string;
  /** What the check demands. */
  readonly demand: string;
}

/** A finding that stays, and why. */
export interface AcceptedFinding extends Omit<Finding, "demand"> {
  readonly reason: string;
}

/** What checkov prints with `--output json --quiet`: https://www.checkov.io/2.Basics/Reviewing%20Scan%20Results.html */
const answerSchema = z.object({
  results: z.object({
    failed_checks: z.array(z.object({ check_id: z.string(), check_name: z.string(), resource: z.string() })),
  }),
  summary: z.object({ resource_count: z.int(), parsing_errors: z.int() }),
});

/**
 * Reads what checkov found.
 * @param resources how many resources it had to see.
 * @throws Error if it saw others, or could not read the plan: then it proves nothing.
 */
export function readFindings(answer: string, resources: number): Finding[] {
  const { results, summary } = answerSchema.parse(JSON.parse(answer));
  if (summary.resource_count !== resources || summary.parsing_errors > 0)
    throw new Error(
      `checkov must see the plan's ${resources} resources (saw ${summary.resource_count}, with ${summary.parsing_errors} parsing errors)`,
    );
  return results.failed_checks.map(({ check_id: check, check_name: demand, resource }) => ({
    check,
    resource,
    demand,
  }));
}

/** A line for each finding that is not accepted, and for each acceptance without a finding. */
export function faultsOf(findings: readonly Finding[], accepted: readonly AcceptedFinding[]): string[] {
  const isIn = (list: readonly Omit<Finding, "demand">[], { check, resource }: Omit<Finding, "demand">) =>
    list.some((one) => one.check === check && one.resource === resource);
  return [
    ...findings
      .filter((finding) => !isIn(accepted, finding))
      .map(({ check, resource, demand }) => `${check} ${resource}: ${demand}`),
    ...accepted
      .filter((acceptance) => !isIn(findings, acceptance))
      .map(
        ({ check, resource }) =>
          `${check} ${resource}: is accepted in security/accepted-findings.ts, and not found any more. Remove it there`,
      ),
  ];
}
