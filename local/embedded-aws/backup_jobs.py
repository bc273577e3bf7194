"""Backup jobs: StartBackupJob takes a snapshot of a DynamoDB table, and so does a plan.

ministack completes a job at once and takes no snapshot.

Not implemented: other resources than DynamoDB tables, continuous backups, the windows in which a job must start and
complete, and the grants of the vault's key. AWS doesn't document what becomes of a backup of a table that isn't there:
here, the job fails.

https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StartBackupJob.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupJob.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/advanced-ddb-backup.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html
"""

from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import backup, dynamodb

import backup_clock
import backup_lifecycles
import backup_roles
import job_steps
import recovery_points
import table_snapshots
from backup_requests import Refusal, answer, is_between, page, public, vault

# Seconds within which AWS starts a job, by default.
START_WINDOW_SECONDS = 8 * 3_600

# What a recovery point has of the job that made it.
OF_RECOVERY_POINT = (
    "RecoveryPointArn", "BackupVaultName", "BackupVaultArn", "ResourceArn", "ResourceName", "ResourceType",
    "IamRoleArn", "CreationDate", "InitiationDate", "CreatedBy", "EncryptionKeyArn", "BackupSizeInBytes",
)

FILTERS = {
    "backupVaultName": "BackupVaultName", "state": "State", "resourceArn": "ResourceArn",
    "resourceType": "ResourceType", "accountId": "AccountId", "messageCategory": "MessageCategory",
}


def backup_jobs():
    """A backup job runs under its role, and makes a recovery point or fails.

    It fails without the permissions for the table and its key, and if the vault's lock refuses its retention.
    """
    answer({
        ("PUT", "/backup-jobs"): start,
        ("GET", "/backup-jobs"): list_jobs,
        ("GET", "/backup-jobs/{BackupJobId}"): describe,
    })


def start(request):
    """StartBackupJob."""
    vault(request["BackupVaultName"])
    backup_roles.check_role(request["IamRoleArn"])
    if table_snapshots.table_name(request["ResourceArn"]) is None:
        message = "The embedded AWS backs up DynamoDB tables of the same account and region only"
        raise Refusal("InvalidParameterValueException", f"{message} (given {request['ResourceArn']})")
    job = _with_token(request.get("IdempotencyToken")) or begin(request)
    fields = ("BackupJobId", "RecoveryPointArn", "CreationDate", "IsParent")
    return {field: job[field] for field in fields if field in job}


def begin(request, created_by=None, completed=lambda job: None):
    """Starts a backup job. `completed` is called with it when it has made its recovery point. Returns it."""
    table, now = table_snapshots.table_name(request["ResourceArn"]), backup_clock.now()
    window = request.get("StartWindowMinutes")
    job = {
        "AccountId": get_account_id(),
        "BackupJobId": new_uuid().upper(),
        "BackupVaultName": request["BackupVaultName"],
        "BackupVaultArn": backup._vault_arn(request["BackupVaultName"]),
        "ResourceArn": request["ResourceArn"],
        "ResourceName": table,
        "ResourceType": table_snapshots.RESOURCE_TYPE,
        "IamRoleArn": request["IamRoleArn"],
        "CreationDate": now,
        "InitiationDate": now,
        "StartBy": now + (window * 60 if window else START_WINDOW_SECONDS),
        "PercentDone": "0.0",
        "IsParent": False,
        "RecoveryPointLifecycle": backup_lifecycles.checked(request.get("Lifecycle")),
        **({"CreatedBy": created_by} if created_by else {}),
        **({"RecoveryPointArn": table_snapshots.new_arn()} if table_snapshots.are_managed() else {}),
        "_token": request.get("IdempotencyToken"),
        "_tags": request.get("RecoveryPointTags") or {},
    }
    backup._jobs[job["BackupJobId"]] = job
    job_steps.run("Backup", job, lambda: _back_up(job, table, completed))
    return job


def describe(request):
    """DescribeBackupJob."""
    job = backup._jobs.get(request["BackupJobId"])
    if job is None:
        raise Refusal("ResourceNotFoundException", f"Cannot find backup job {request['BackupJobId']}.")
    return public(job)


def list_jobs(request):
    """ListBackupJobs, the newest first."""
    jobs = [
        public(job)
        for job in reversed(backup._jobs.values())
        if all(name not in request or request[name] in ("*", job.get(field)) for name, field in FILTERS.items())
        and is_between(job["CreationDate"], request)
    ]
    return page(jobs, request, "BackupJobs")


def _back_up(job, table, completed):
    """Takes the snapshot. Returns what adds the recovery point when the job completes."""
    target, lifecycle = backup._vaults.get(job["BackupVaultName"]), job["RecoveryPointLifecycle"]
    if target is None:
        raise job_steps.Failure(f"Backup vault {job['BackupVaultName']} does not exist.")
    managed = "RecoveryPointArn" in job
    fault = (
        backup_lifecycles.broken_lock(target, lifecycle)
        or backup_roles.missing_permission(job["IamRoleArn"], "backup", _needed(job, table, managed))
        or (None if table in dynamodb._tables else f"Table not found: {table}")
    )
    if fault:
        raise job_steps.Failure(fault)
    snapshot = table_snapshots.take(table, job["BackupJobId"])
    if managed:
        table_snapshots.keep_from_dynamodb(snapshot)
    tags = {**(table_snapshots.tags(table) if managed else {}), **job["_tags"]}

    def complete():
        job.update(
            BackupSizeInBytes=snapshot["BackupDetails"]["BackupSizeBytes"],
            EncryptionKeyArn=target["EncryptionKeyArn"] if managed else table_snapshots.key_arn(table),
            IsEncrypted=True,
            MessageCategory="SUCCESS",
        )
        job.setdefault("RecoveryPointArn", table_snapshots.arn(snapshot))
        times = backup_lifecycles.calculated(lifecycle, job["CreationDate"], managed)
        point = {**{field: job[field] for field in OF_RECOVERY_POINT if field in job}, "CalculatedLifecycle": times}
        recovery_points.add({**point, "Lifecycle": lifecycle, "CompletionDate": backup_clock.now()}, snapshot, tags)
        completed(job)

    return complete


def _needed(job, table, managed):
    key = table_snapshots.key_arn(table) or ""
    yield "dynamodb:DescribeTable", job["ResourceArn"]
    yield "dynamodb:StartAwsBackupJob" if managed else "dynamodb:CreateBackup", job["ResourceArn"]
    for action in ("Decrypt", "GenerateDataKey") if ":key/" in key else ():
        yield f"kms:{action}", key, {"kms:ViaService": f"dynamodb.{get_region()}.amazonaws.com"}


def _with_token(token):
    return next((job for job in backup._jobs.values() if token and job.get("_token") == token), None)
