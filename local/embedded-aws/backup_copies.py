"""Copy jobs: a recovery point is copied into a vault of another region or account.

ministack has none.

Not implemented: that accounts belong to one organization with cross-account backup, grants of the vaults' keys, and
retries.

https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StartCopyJob.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CopyJob.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/cross-region-backup.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbackup.html
"""

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, new_uuid, request_scope
from ministack.services import backup

import backup_clock
import backup_lifecycles
import backup_roles
import backup_state
import job_steps
import recovery_points
import table_snapshots
from backup_requests import Refusal, answer, is_between, page, public

FILTERS = {
    "resourceArn": "ResourceArn", "state": "State", "resourceType": "ResourceType", "accountId": "AccountId",
    "destinationVaultArn": "DestinationBackupVaultArn", "sourceRecoveryPointArn": "SourceRecoveryPointArn",
    "messageCategory": "MessageCategory",
}

# What a copy has of its source.
OF_SOURCE = ("ResourceArn", "ResourceName", "ResourceType", "CreatedBy", "BackupSizeInBytes")

# AWS copies nothing from another account into the vault that every account has.
DEFAULT_VAULT = "Default"


def backup_copies():
    """A copy job runs under its role, and copies a recovery point or fails.

    Only what AWS Backup manages itself can be copied, not DynamoDB's own backups. The access policy of a vault of
    another account must allow it, and one of the same account must not deny it.
    """
    answer({
        ("PUT", "/copy-jobs"): start,
        ("GET", "/copy-jobs"): list_jobs,
        ("GET", "/copy-jobs/{CopyJobId}"): describe,
    })


def start(request):
    """StartCopyJob."""
    token = request.get("IdempotencyToken")
    repeated = (job for job in backup_state.copy_jobs.values() if token and job["_token"] == token)
    job = next(repeated, None) or begin(request)
    return {field: job[field] for field in ("CopyJobId", "CreationDate", "IsParent")}


def begin(request, backup_job_id=None):
    """Starts a copy job. Returns it."""
    point = recovery_points.in_vault({**request, "BackupVaultName": request["SourceBackupVaultName"]})
    backup_roles.check_role(request["IamRoleArn"])
    job = {
        "AccountId": get_account_id(),
        "CopyJobId": new_uuid().upper(),
        "SourceBackupVaultArn": point["BackupVaultArn"],
        "SourceRecoveryPointArn": point["RecoveryPointArn"],
        "DestinationBackupVaultArn": request["DestinationBackupVaultArn"],
        "DestinationRecoveryPointLifecycle": backup_lifecycles.checked(request.get("Lifecycle")),
        **{field: point[field] for field in OF_SOURCE if field in point},
        "IamRoleArn": request["IamRoleArn"],
        "CreationDate": backup_clock.now(),
        "IsParent": False,
        **({"CreatedByBackupJobId": backup_job_id} if backup_job_id else {}),
        "_token": request.get("IdempotencyToken"),
    }
    backup_state.copy_jobs[job["CopyJobId"]] = job
    job_steps.run("Copy", job, lambda: _copy(job, point))
    return job


def describe(request):
    """DescribeCopyJob."""
    job = backup_state.copy_jobs.get(request["CopyJobId"])
    if job is None:
        raise Refusal("ResourceNotFoundException", f"Cannot find copy job {request['CopyJobId']}.")
    return {"CopyJob": public(job)}


def list_jobs(request):
    """ListCopyJobs, the newest first."""
    jobs = [
        public(job)
        for job in reversed(backup_state.copy_jobs.values())
        if all(name not in request or request[name] in ("*", job.get(field)) for name, field in FILTERS.items())
        and is_between(job["CreationDate"], request)
    ]
    return page(jobs, request, "CopyJobs")


def _copy(job, point):
    """Finds the vault. Returns what adds the copy when the job completes."""
    region, account, _, name = job["DestinationBackupVaultArn"].split(":")[3:]
    target, lifecycle = backup._vaults.get_scoped(account, region, name), job["DestinationRecoveryPointLifecycle"]
    fault = _fault(job, point, account, target) or backup_lifecycles.broken_lock(target, lifecycle)
    if fault:
        raise job_steps.Failure(fault)

    def complete():
        with request_scope(account, region):
            now, arn = backup_clock.now(), table_snapshots.new_arn()
            copied = {
                "RecoveryPointArn": arn,
                "BackupVaultName": name,
                "BackupVaultArn": target["BackupVaultArn"],
                "SourceBackupVaultArn": point["BackupVaultArn"],
                **{field: point[field] for field in OF_SOURCE if field in point},
                "IamRoleArn": job["IamRoleArn"],
                "CreationDate": job["CreationDate"],
                "InitiationDate": job["CreationDate"],
                "CompletionDate": now,
                "EncryptionKeyArn": target["EncryptionKeyArn"],
                "Lifecycle": lifecycle,
                "CalculatedLifecycle": backup_lifecycles.calculated(lifecycle, job["CreationDate"], True),
            }
            recovery_points.add(copied, point["_snapshot"], dict(point["_tags"]))
        job.update(
            DestinationRecoveryPointArn=arn,
            DestinationEncryptionKeyArn=target["EncryptionKeyArn"],
            MessageCategory="SUCCESS",
        )

    return complete


def _fault(job, point, account, target):
    """Why a recovery point can't be copied, or None."""
    destination, is_other = job["DestinationBackupVaultArn"], account != get_account_id()
    if not recovery_points.is_managed(point):
        return "DynamoDB's own backups cannot be copied: turn on the advanced features for DynamoDB in AWS Backup."
    if target is None:
        return f"Backup vault {destination} does not exist."
    if is_other and target["BackupVaultName"] == DEFAULT_VAULT:
        return f"Backup vault {destination} is the default vault of another account, which nothing can be copied into."
    if is_other and backup_lifecycles.storage_class(point) == "COLD":
        return "Recovery points in cold storage cannot be copied to another account."
    needed = [
        ("backup:CopyFromBackupVault", point["RecoveryPointArn"], {"backup:CopyTargets": [destination]}),
        ("backup:CopyIntoBackupVault", destination),
    ]
    lacking = backup_roles.missing_permission(job["IamRoleArn"], "copy", needed)
    if lacking:
        return lacking
    if not _policy_allows(job, target, is_other):
        return f"Access denied: the access policy of backup vault {destination} does not allow the copy."
    return None


def _policy_allows(job, target, is_other):
    account, role = job["IamRoleArn"].split(":")[4], job["IamRoleArn"].rsplit("/", 1)[-1]
    request = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{role}/backup",
        principal_type="AssumedRole",
        principal_account=account,
        action="backup:CopyIntoBackupVault",
        resource_arn=target["BackupVaultArn"],
        region=target["BackupVaultArn"].split(":")[3],
    )
    return iam_evaluator.resource_policy_allows(target.get("Policy"), request, not is_other)
