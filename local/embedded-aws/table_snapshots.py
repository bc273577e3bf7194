"""Snapshots of DynamoDB tables for AWS Backup, which are what ministack's DynamoDB keeps of a backup."""

import json

from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import dynamodb

import backup_region_settings
from job_steps import Failure

RESOURCE_TYPE = "DynamoDB"


def table_name(resource_arn):
    """The name of the table with this ARN in the current account and region, or None."""
    prefix = f"arn:aws:dynamodb:{get_region()}:{get_account_id()}:table/"
    return resource_arn.removeprefix(prefix) if resource_arn.startswith(prefix) else None


def take(table, name):
    """Takes a snapshot of a table. Returns what DynamoDB keeps of it."""
    answered = json.loads(dynamodb._create_backup({"TableName": table, "BackupName": name})[2])
    snapshot = dynamodb._backups[answered["BackupDetails"]["BackupArn"]]
    snapshot["BackupDetails"]["BackupType"] = "AWS_BACKUP"
    return snapshot


def restore(recovery_point_arn, snapshot, target, encryption):
    """Makes a table from a snapshot. `encryption` is its SSESpecification, or None for that of its source."""
    kept = dynamodb._backups.get(recovery_point_arn)
    dynamodb._backups[recovery_point_arn] = snapshot
    try:
        override = {"SSESpecificationOverride": encryption} if encryption else {}
        request = {"BackupArn": recovery_point_arn, "TargetTableName": target, **override}
        status, _headers, body = dynamodb._restore_table_from_backup(request)
    finally:
        if kept is None:
            del dynamodb._backups[recovery_point_arn]
    if status != 200:
        raise Failure(json.loads(body)["message"])
    if encryption and not encryption["Enabled"]:
        # ministack shows a disabled one; AWS shows none where it owns the key.
        dynamodb._tables[target].pop("SSEDescription", None)


def arn(snapshot):
    """The ARN of a snapshot that DynamoDB manages."""
    return snapshot["BackupDetails"]["BackupArn"]


def keep_from_dynamodb(snapshot):
    """Lets DynamoDB forget a snapshot that AWS Backup manages."""
    del dynamodb._backups[arn(snapshot)]


def are_managed():
    """Whether AWS Backup manages new snapshots itself, and not DynamoDB."""
    return backup_region_settings.is_managed(RESOURCE_TYPE)


def new_arn():
    """The ARN of a recovery point that AWS Backup manages."""
    return f"arn:aws:backup:{get_region()}:{get_account_id()}:recovery-point:{new_uuid()}"


def key_arn(table):
    """The key that a table is encrypted with, or None if DynamoDB owns it or the table isn't there."""
    return (dynamodb._tables.get(table, {}).get("SSEDescription") or {}).get("KMSMasterKeyArn")


def key_of(snapshot):
    """The key that the table of a snapshot was encrypted with, or None if DynamoDB owned it."""
    return (snapshot["SourceTableFeatureDetails"]["SSEDescription"] or {}).get("KMSMasterKeyArn")


def tags(table):
    """The tags of a table, by key."""
    return {tag["Key"]: tag["Value"] for tag in dynamodb._tags.get(dynamodb._tables[table]["TableArn"], [])}
