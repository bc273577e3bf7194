"""Backup plans: their rules back up the selected tables at their times, and copy the backups.

ministack keeps plans and never runs them.

Simplified: a rule that was due several times since the last evaluation runs once. A table that is selected and not
there isn't backed up.

Not implemented: selections by tags, which select nothing here, and continuous backups.

https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupRule.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupSelection.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_RecoveryPointCreator.html
"""

from fnmatch import fnmatchcase

from ministack.core.responses import new_uuid
from ministack.services import backup, dynamodb

import backup_clock
import backup_copies
import backup_jobs
import backup_lifecycles
import backup_roles
import scaling_schedules
from backup_requests import Refusal

DEFAULT_SCHEDULE = "cron(0 5 ? * * *)"


def backup_schedules():
    """The rules of a plan have ids and valid schedules, and run when they are due. A selection has a role."""
    create, update, select = backup._create_plan, backup._update_plan, backup._create_selection

    def valid(body):
        for rule in (body.get("BackupPlan") or {}).get("Rules") or []:
            rule.setdefault("RuleId", new_uuid())
            _validate(rule)

    backup._create_plan = _unless_refused(create, valid)
    backup._update_plan = _unless_refused(update, lambda _plan_id, body: valid(body))
    backup._create_selection = _unless_refused(
        select, lambda _plan_id, body: backup_roles.check_role(body["BackupSelection"]["IamRoleArn"])
    )


def run_due():
    """Runs the rules of the current account and region that are due, once each. Returns the backup jobs."""
    jobs = []
    for plan in backup._plans.values():
        after, until = plan.get("_evaluated_until", plan["CreationDate"]), backup_clock.now()
        plan["_evaluated_until"] = until
        for rule in plan["BackupPlan"].get("Rules", []):
            if scaling_schedules.last_time(_schedule(rule), after, until):
                plan["LastExecutionDate"] = until
                jobs += [_begin(plan, rule, role, arn) for role, arn in _selected(plan)]
    return jobs


def _selected(plan):
    """The roles and the ARNs of the tables of a plan's selections."""
    for selection in backup._selections.values():
        if selection["BackupPlanId"] != plan["BackupPlanId"]:
            continue
        for table in dynamodb._tables.values():
            arn = table["TableArn"]
            if _matches(arn, selection["Resources"]) and not _matches(arn, selection["NotResources"]):
                yield selection["IamRoleArn"], arn


def _matches(arn, patterns):
    return any(fnmatchcase(arn, pattern) for pattern in patterns or [])


def _begin(plan, rule, role, arn):
    schedule = _schedule(rule)
    created_by = {
        **{field: plan[field] for field in ("BackupPlanArn", "BackupPlanId", "BackupPlanName")},
        "BackupPlanVersion": plan["VersionId"],
        "BackupRuleId": rule["RuleId"],
        "BackupRuleName": rule["RuleName"],
        "BackupRuleCron": schedule["Schedule"],
        "BackupRuleTimezone": schedule["Timezone"],
    }
    request = {
        "BackupVaultName": rule["TargetBackupVaultName"],
        "ResourceArn": arn,
        "IamRoleArn": role,
        "Lifecycle": rule.get("Lifecycle"),
        "RecoveryPointTags": rule.get("RecoveryPointTags"),
        "StartWindowMinutes": rule.get("StartWindowMinutes"),
    }

    def copy(job):
        for action in rule.get("CopyActions") or []:
            copied = {
                "RecoveryPointArn": job["RecoveryPointArn"],
                "SourceBackupVaultName": job["BackupVaultName"],
                "IamRoleArn": role,
                "DestinationBackupVaultArn": action["DestinationBackupVaultArn"],
                "Lifecycle": action.get("Lifecycle"),
            }
            backup_copies.begin(copied, job["BackupJobId"])

    return backup_jobs.begin(request, created_by, copy)


def _schedule(rule):
    """A rule's schedule, as scheduled actions of Application Auto Scaling have it."""
    return {
        "Schedule": rule.get("ScheduleExpression") or DEFAULT_SCHEDULE,
        "Timezone": rule.get("ScheduleExpressionTimezone") or "UTC",
    }


def _validate(rule):
    if not _schedule(rule)["Schedule"].startswith("cron("):
        raise Refusal("InvalidParameterValueException", f"Invalid schedule expression: {rule['ScheduleExpression']}")
    try:
        scaling_schedules.validate(_schedule(rule))
    except ValueError as error:
        raise Refusal("InvalidParameterValueException", str(error)) from None
    for part in (rule, *(rule.get("CopyActions") or [])):
        backup_lifecycles.checked(part.get("Lifecycle"))


def _unless_refused(handle, check):
    def handle_corrected(*request):
        try:
            check(*request)
        except Refusal as refusal:
            return backup._err(*refusal.args)
        return handle(*request)

    return handle_corrected
