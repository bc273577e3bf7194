import { mergeAttributes, type Rule } from "./rule.ts";
import { complianceLock } from "./compliance-lock.ts";
import { deletedOutside } from "./deleted-outside.ts";
import { failedCheck } from "./failed-check.ts";
import { invokedAction } from "./invoked-action.ts";
import { lostData } from "./lost-data.ts";
import { removed } from "./removed.ts";
import { uncovered } from "./uncovered.ts";
import { unknownPart } from "./unknown-part.ts";
import { analyticsChange } from "./analytics-change.ts";
import { backupOff } from "./backup-off.ts";
import { cacheChange } from "./cache-change.ts";
import { capacityChange } from "./capacity-change.ts";
import { encryptionChange } from "./encryption-change.ts";
import { encryptionOff } from "./encryption-off.ts";
import { endpointChange } from "./endpoint-change.ts";
import { expiry } from "./expiry.ts";
import { grantAdded } from "./grant-added.ts";
import { guardOff } from "./guard-off.ts";
import { indexChange } from "./index-change.ts";
import { lostTable } from "./lost-table.ts";
import { openAccess } from "./open-access.ts";
import { openNetwork } from "./open-network.ts";
import { permissionRemoved } from "./permission-removed.ts";
import { nobodyTold } from "./nobody-told.ts";
import { policyWider } from "./policy-wider.ts";
import { protectionOff } from "./protection-off.ts";
import { preventedDestroy } from "./prevented-destroy.ts";
import { publicAccessBlock } from "./public-access-block.ts";
import { rename } from "./rename.ts";
import { replicaAdded } from "./replica-added.ts";
import { replicaRemoved } from "./replica-removed.ts";
import { starved } from "./starved.ts";
import { stateBucketChange } from "./state-bucket-change.ts";
import { streamChange } from "./stream-change.ts";
import { streamReaders } from "./stream-readers.ts";
import { timeToLive } from "./time-to-live.ts";
import { triggerChange } from "./trigger-change.ts";
import { unproven } from "./unproven.ts";

/** All rules, in the order in which findings of the same level are shown. */
export const allRules: readonly Rule[] = [
  preventedDestroy,
  lostTable,
  lostData,
  rename,
  indexChange,
  streamChange,
  guardOff,
  protectionOff,
  backupOff,
  expiry,
  publicAccessBlock,
  encryptionChange,
  encryptionOff,
  replicaRemoved,
  triggerChange,
  starved,
  streamReaders,
  permissionRemoved,
  endpointChange,
  stateBucketChange,
  openNetwork,
  openAccess,
  policyWider,
  grantAdded,
  capacityChange,
  cacheChange,
  analyticsChange,
  timeToLive,
  replicaAdded,
  complianceLock,
  nobodyTold,
  deletedOutside,
  failedCheck,
  invokedAction,
  removed,
  unproven,
  unknownPart,
  uncovered,
];

/** The attributes that rules judge, by resource type; those of "*" in any type. */
export const judgedAttributes = mergeAttributes(...allRules.map(({ judges = {} }) => judges));

/** The types whose new resources rules judge. */
export const typesJudgedWhenNew: ReadonlySet<string> = new Set(
  allRules.flatMap(({ judgesNew = [] }) => judgesNew),
);
