import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue/index.js";
import { Construct } from "constructs";
import { denyWithoutTls, policyDocument } from "../policy.ts";

export interface DeadLetterQueueProps {
  readonly name: string;
  /** How long an entry is kept, 1 to 14 days. */
  readonly retentionDays: number;
}

/** The queue for failed batches: an entry has their position in the stream, not their records. Encrypted, TLS only. */
export class DeadLetterQueue extends Construct {
  readonly arn: string;
  readonly name: string;

  constructor(scope: Construct, id: string, { name, retentionDays }: DeadLetterQueueProps) {
    super(scope, id);
    const queue = new SqsQueue(this, "queue", {
      name,
      messageRetentionSeconds: retentionDays * 24 * 60 * 60,
      sqsManagedSseEnabled: true,
      // A queue policy applies to its own queue only.
      policy: policyDocument(denyWithoutTls("sqs", "*")),
    });
    this.arn = queue.arn;
    this.name = queue.name;
  }
}
