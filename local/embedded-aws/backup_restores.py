"""Restore jobs: StartRestoreJob makes a DynamoDB table from a recovery point.

ministack has none.

Metadata: `targetTableName`; `encryptionType`, "Default" (a key that AWS owns) or "KMS"; `kmsMasterKeyArn`, with "KMS",
a key of the customer, or nothing for the one that AWS manages. Upper and lower case are the same. Without
encryptionType, the table has the key of its source, and must be in the same region and account; from DynamoDB's own
backup, it has a key that AWS owns.

Not implemented: restores of other resources, and the grants of the vault's key. AWS doesn't document what becomes of a
restore to a table that is there: here, the job fails.

https://docs.aws.amazon.com/aws-backup/latest/devguide/restoring-dynamodb.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/advanced-ddb-backup.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StartRestoreJob.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeRestoreJob.html
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForRestores.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
"""

import time

from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import dynamodb

import backup_clock
import backup_roles
import backup_state
import job_steps
import recovery_points
import table_snapshots
from backup_requests import Refusal, answer, is_between, page, public

ITEM_ACTIONS = ("BatchWriteItem", "DeleteItem", "DescribeTable", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
KEY_ACTIONS = ("CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo")

FILTERS = {"status": "Status", "accountId": "AccountId", "resourceType": "ResourceType"}


def backup_restores():
    """A restore job runs under its role, and makes a table beside the others or fails."""
    answer({
        ("PUT", "/restore-jobs"): start,
        ("GET", "/restore-jobs"): list_jobs,
        ("GET", "/restore-jobs/{RestoreJobId}/metadata"): metadata,
        ("GET", "/restore-jobs/{RestoreJobId}"): describe,
        ("GET", "/resources/{ResourceArn}/restore-jobs"): list_of_resource,
    })


def start(request):
    """StartRestoreJob."""
    token = request.get("IdempotencyToken")
    repeated = (job for job in backup_state.restore_jobs.values() if token and job["_token"] == token)
    job = next(repeated, None) or _begin(request)
    return {"RestoreJobId": job["RestoreJobId"]}


def describe(request):
    """DescribeRestoreJob."""
    return public(_job(request))


def metadata(request):
    """GetRestoreJobMetadata."""
    return {"RestoreJobId": request["RestoreJobId"], "Metadata": _job(request)["_metadata"]}


def list_jobs(request):
    """ListRestoreJobs, the newest first."""
    jobs = [
        public(job)
        for job in reversed(backup_state.restore_jobs.values())
        if all(name not in request or request[name] == job[field] for name, field in FILTERS.items())
        and is_between(job["CreationDate"], request)
    ]
    return page(jobs, request, "RestoreJobs")


def list_of_resource(request):
    """ListRestoreJobsByProtectedResource, the newest first."""
    jobs = [
        public(job)
        for job in reversed(backup_state.restore_jobs.values())
        if job["SourceResourceArn"] == request["ResourceArn"] and request.get("status") in (None, job["Status"])
    ]
    return page(jobs, request, "RestoreJobs")


def _begin(request):
    point, role = recovery_points.by_arn(request), request["IamRoleArn"]
    given = {name.lower(): value for name, value in request["Metadata"].items()}
    target = given.get("targettablename")
    if not target:
        raise Refusal("InvalidParameterValueException", "The metadata must have targetTableName.")
    if request.get("ResourceType", table_snapshots.RESOURCE_TYPE) != table_snapshots.RESOURCE_TYPE:
        raise Refusal("InvalidParameterValueException", f"The recovery point is of type {point['ResourceType']}.")
    encryption = _encryption(given, point)
    backup_roles.check_role(role)
    job = {
        "AccountId": get_account_id(),
        "RestoreJobId": new_uuid().upper(),
        "RecoveryPointArn": point["RecoveryPointArn"],
        "RecoveryPointCreationDate": point["CreationDate"],
        "SourceResourceArn": point["ResourceArn"],
        "BackupVaultArn": point["BackupVaultArn"],
        "BackupSizeInBytes": point["BackupSizeInBytes"],
        "ResourceType": point["ResourceType"],
        "IamRoleArn": role,
        "CreationDate": backup_clock.now(),
        "PercentDone": "0.0",
        "IsParent": False,
        "_metadata": request["Metadata"],
        "_token": request.get("IdempotencyToken"),
    }
    backup_state.restore_jobs[job["RestoreJobId"]] = job
    tags = point["_tags"] if request.get("CopySourceTagsToRestoredResource") else {}
    job_steps.run("Restore", job, lambda: _restore(job, point, target, encryption, tags), "Status", "PENDING")
    return job


def _encryption(given, point):
    """The SSESpecification of the table, or None for that of its source."""
    kind, key = given.get("encryptiontype"), given.get("kmsmasterkeyarn")
    if kind is None and recovery_points.is_managed(point):
        if table_snapshots.table_name(point["ResourceArn"]) is None:
            raise Refusal("InvalidParameterValueException", "In another region or account, encryptionType is required.")
        return None
    if kind is None or kind.lower() == "default":
        return {"Enabled": False}
    if kind.upper() != "KMS":
        raise Refusal("InvalidParameterValueException", f"encryptionType must be Default or KMS (given {kind}).")
    return {"Enabled": True, "SSEType": "KMS", **({"KMSMasterKeyId": key} if key else {})}


def _restore(job, point, target, encryption, tags):
    """Makes the table and waits until it can be used. Returns what completes the job."""
    arn = f"arn:aws:dynamodb:{get_region()}:{get_account_id()}:table/{target}"
    key = table_snapshots.key_of(point["_snapshot"]) if encryption is None else encryption.get("KMSMasterKeyId")
    fault = backup_roles.missing_permission(job["IamRoleArn"], "restore", _needed(point, arn, key))
    if fault:
        raise job_steps.Failure(fault)
    table_snapshots.restore(point["RecoveryPointArn"], point["_snapshot"], target, encryption)
    dynamodb._tags.setdefault(arn, []).extend({"Key": key, "Value": value} for key, value in tags.items())
    while target in dynamodb._tables and dynamodb._table_description(target)["TableStatus"] == "CREATING":
        time.sleep(job_steps.STEP_SECONDS)

    def complete():
        point["LastRestoreTime"] = backup_clock.now()
        job["CreatedResourceArn"] = arn

    return complete


def _needed(point, target, key):
    if recovery_points.is_managed(point):
        yield "dynamodb:RestoreTableFromAwsBackup", target
    else:
        yield "dynamodb:RestoreTableFromBackup", point["RecoveryPointArn"]
    for action in ITEM_ACTIONS:
        yield f"dynamodb:{action}", target
    through = {"kms:ViaService": f"dynamodb.{get_region()}.amazonaws.com", "kms:GrantIsForAWSResource": "true"}
    for action in KEY_ACTIONS if key and ":key/" in key else ():
        yield f"kms:{action}", key, through


def _job(request):
    job = backup_state.restore_jobs.get(request["RestoreJobId"])
    if job is None:
        raise Refusal("ResourceNotFoundException", f"Cannot find restore job {request['RestoreJobId']}.")
    return job
