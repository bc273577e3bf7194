import type { Rule } from "./rule.ts";
import { capacityChange } from "./rules/capacity-change.ts";
import { encryptionChange } from "./rules/encryption-change.ts";
import { endpointChange } from "./rules/endpoint-change.ts";
import { grantAdded } from "./rules/grant-added.ts";
import { guardOff } from "./rules/guard-off.ts";
import { indexChange } from "./rules/index-change.ts";
import { lostTable } from "./rules/lost-table.ts";
import { policyWider } from "./rules/policy-wider.ts";
import { preventedDestroy } from "./rules/prevented-destroy.ts";
import { rename } from "./rules/rename.ts";
import { replicaRemoved } from "./rules/replica-removed.ts";
import { stateBucketChange } from "./rules/state-bucket-change.ts";
import { streamChange } from "./rules/stream-change.ts";
import { timeToLive } from "./rules/time-to-live.ts";
import { triggerChange } from "./rules/trigger-change.ts";
import { unproven } from "./rules/unproven.ts";

/** What a plan is judged by, in the order in which findings of one level are told. */
export const allRules: readonly Rule[] = [
  preventedDestroy,
  lostTable,
  rename,
  indexChange,
  streamChange,
  guardOff,
  encryptionChange,
  replicaRemoved,
  triggerChange,
  endpointChange,
  stateBucketChange,
  policyWider,
  grantAdded,
  capacityChange,
  timeToLive,
  unproven,
];
