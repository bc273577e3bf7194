import type { Construct } from "constructs";
import { type Billing, limitsOf, settingsOf } from "../../config/billing-settings.ts";
import { LiveCapacity } from "./live-capacity.ts";

/** Attributes of a table, and of an index, that say its capacity. */
export interface Capacity {
  readonly readCapacity?: number;
  readonly writeCapacity?: number;
  readonly onDemandThroughput?: {
    readonly maxReadRequestUnits?: number;
    readonly maxWriteRequestUnits?: number;
  };
}

/**
 * How the capacity of a table and of its indexes is said to Terraform.
 * @param tableName the physical name.
 * @returns the capacity of an index, or of the table itself.
 */
export function capacityOf(
  scope: Construct,
  tableName: string,
  billing: Billing,
): (index?: string) => Capacity {
  if (billing.mode === "on-demand") return (index) => onDemand(settingsOf(billing, index));
  if (billing.mode === "provisioned")
    return (index) => {
      const { readUnits, writeUnits } = settingsOf(billing, index);
      return { readCapacity: readUnits, writeCapacity: writeUnits };
    };
  const live = new LiveCapacity(scope, "live-capacity", tableName);
  return (index) => {
    const { read, write } = settingsOf(billing, index);
    return {
      readCapacity: live.within("read", limitsOf(read), index),
      writeCapacity: live.within("write", limitsOf(write), index),
    };
  };
}

interface Maxima {
  readonly maximumReadUnits?: number | undefined;
  readonly maximumWriteUnits?: number | undefined;
}

function onDemand({ maximumReadUnits, maximumWriteUnits }: Maxima): Capacity {
  if (maximumReadUnits === undefined && maximumWriteUnits === undefined) return {};
  return {
    onDemandThroughput: {
      ...(maximumReadUnits !== undefined && { maxReadRequestUnits: maximumReadUnits }),
      ...(maximumWriteUnits !== undefined && { maxWriteRequestUnits: maximumWriteUnits }),
    },
  };
}
