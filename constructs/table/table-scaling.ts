import { AppautoscalingPolicy } from "@cdktf/provider-aws/lib/appautoscaling-policy/index.js";
import { AppautoscalingScheduledAction } from "@cdktf/provider-aws/lib/appautoscaling-scheduled-action/index.js";
import { AppautoscalingTarget } from "@cdktf/provider-aws/lib/appautoscaling-target/index.js";
import { Construct } from "constructs";
import { type Billing, limitsOf, type Scaling, settingsOf } from "../../config/billing-settings.ts";
import { pascal } from "../policy.ts";

export interface TableScalingProps {
  /** Terraform's reference to the table's name: the table is there, and provisioned, before its capacity is scaled. */
  readonly tableName: string;
  readonly indexes: readonly string[];
  readonly billing: Billing & { readonly mode: "autoscaled" };
}

/**
 * Application Auto Scaling of a table and its indexes, of reads and writes each.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html
 */
export class TableScaling extends Construct {
  constructor(scope: Construct, id: string, { tableName, indexes, billing }: TableScalingProps) {
    super(scope, id);
    for (const index of [undefined, ...indexes])
      for (const kind of ["read", "write"] as const)
        this.#scale(
          kind,
          settingsOf(billing, index)[kind],
          {
            serviceNamespace: "dynamodb",
            resourceId: index === undefined ? `table/${tableName}` : `table/${tableName}/index/${index}`,
            scalableDimension: `dynamodb:${index === undefined ? "table" : "index"}:${pascal(kind)}CapacityUnits`,
          },
          index ?? "table",
        );
  }

  #scale(kind: "read" | "write", scaling: Scaling, dimension: Dimension, part: string): void {
    const { schedules = {}, targetPercent } = scaling;
    const { minimum, maximum } = limitsOf(scaling);
    const name = `${part}-${kind}`;
    const target = new AppautoscalingTarget(this, name, {
      ...dimension,
      minCapacity: minimum,
      maxCapacity: maximum,
      // The schedules change them, which is no drift.
      ...(scaling.schedules && { lifecycle: { ignoreChanges: ["min_capacity", "max_capacity"] } }),
    });
    const ofTarget = {
      serviceNamespace: target.serviceNamespace,
      resourceId: target.resourceId,
      scalableDimension: target.scalableDimension,
    };
    new AppautoscalingPolicy(this, `${name}-target-tracking`, {
      ...ofTarget,
      name: `${name}-target-tracking`,
      policyType: "TargetTrackingScaling",
      targetTrackingScalingPolicyConfiguration: {
        targetValue: targetPercent,
        predefinedMetricSpecification: {
          predefinedMetricType: `DynamoDB${pascal(kind)}CapacityUtilization`,
        },
      },
    });
    for (const [schedule, { cron, timezone = "UTC", ...limits }] of Object.entries(schedules))
      new AppautoscalingScheduledAction(this, `${name}-${schedule}`, {
        ...ofTarget,
        name: `${name}-${schedule}`,
        schedule: `cron(${cron})`,
        timezone,
        scalableTargetAction: { minCapacity: `${limits.minimum}`, maxCapacity: `${limits.maximum}` },
      });
  }
}

/** What a scalable target is. */
interface Dimension {
  readonly serviceNamespace: string;
  readonly resourceId: string;
  readonly scalableDimension: string;
}
