import { type Attributes, blockOf, blocksIn, numberOf, textOf, type Value } from "../plan/value.ts";
import { BLOCKED_WHERE_PROTECTED } from "./rule.ts";
import { type Harm, leaves } from "./harm.ts";
import { type HarmfulSetting } from "./setting.ts";

const level = BLOCKED_WHERE_PROTECTED;

/** How long S3 keeps each version of an object from being deleted, in days; 0 if it doesn't. */
function lockedDays(rule: Attributes | undefined): number {
  const retention = blockOf(rule, "default_retention");
  return (numberOf(retention, "days") ?? 0) + 365 * (numberOf(retention, "years") ?? 0);
}

const firstOf = (value: Value | undefined) => blocksIn(value)[0];

const weakerLock: Harm = {
  line: "is shorter, or in the mode `GOVERNANCE` instead of `COMPLIANCE`",
  describe(from, to) {
    const [old, now] = [from, to].map(firstOf);
    const [before, after] = [lockedDays(old), lockedDays(now)];
    if (after < before) return `is lowered from ${before} to ${after} days`;
    const [mode, newMode] = [old, now].map((rule) => textOf(blockOf(rule, "default_retention"), "mode"));
    return mode === "COMPLIANCE" && newMode !== mode
      ? `changes from ${mode} to ${newMode ?? "none"}`
      : undefined;
  },
};

const enabledRules = (value: Value | undefined) =>
  blocksIn(value).filter((rule) => textOf(rule, "status") !== "Disabled").length;

const fewerReplicated: Harm = {
  line: "has fewer enabled rules",
  describe(from, to) {
    const [old, now] = [enabledRules(from), enabledRules(to)];
    return now < old ? `has ${now} enabled rules instead of ${old}` : undefined;
  },
};

/** The settings that keep former versions and copies of a bucket's objects. */
export const bucketSettings: readonly HarmfulSetting[] = [
  {
    types: ["aws_s3_bucket_versioning"],
    attribute: "versioning_configuration.status",
    is: "versioning",
    harm: leaves("Enabled"),
    level,
    why: "Without versioning, an object that is overwritten or deleted is gone.",
    instead: "Keep the status Enabled. To keep fewer versions, expire old noncurrent ones.",
  },
  {
    types: ["aws_s3_bucket_versioning"],
    attribute: "versioning_configuration.mfa_delete",
    is: "MFA delete",
    harm: leaves("Enabled"),
    level,
    why: "Without it, one stolen key is enough to delete every version for good.",
    instead: "Keep mfa_delete Enabled.",
  },
  {
    types: ["aws_s3_bucket_object_lock_configuration"],
    attribute: "rule",
    is: "the default retention of new objects",
    harm: weakerLock,
    level,
    why: "Until then nobody can delete an object's version, not even by mistake.",
    instead: "Keep the retention and its mode.",
  },
  {
    types: ["aws_s3_bucket_replication_configuration"],
    attribute: "rule",
    is: "the replication",
    harm: fewerReplicated,
    level,
    why: "What is written from then on exists in one bucket only.",
    instead: "Keep the rules enabled.",
  },
];
