"""Recovery points of AWS Backup: what a backup or a copy has made in a vault.

ministack has none, and answers as if a vault were empty.

Not implemented: GetRecoveryPointRestoreMetadata, DisassociateRecoveryPoint, ListProtectedResourcesByBackupVault, legal
holds, indexes, and that a recovery point expires instead of being deleted when its role is gone. DynamoDB's own
DeleteBackup still deletes what DynamoDB manages, while AWS refuses that.

https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeRecoveryPoint.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteRecoveryPoint.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateRecoveryPointLifecycle.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListRecoveryPointsByBackupVault.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListRecoveryPointsByResource.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeProtectedResource.html
"""

from ministack.services import backup, dynamodb

import backup_clock
import backup_lifecycles
import backup_state
from backup_requests import Refusal, answer, is_between, page, public, vault

BY_RESOURCE = (
    "RecoveryPointArn", "CreationDate", "Status", "EncryptionKeyArn", "BackupVaultName", "IsParent", "ResourceName",
    "VaultType",
)


def recovery_points():
    """Recovery points are described, listed, deleted, kept for longer or shorter, and tagged.

    In a locked vault, none can be deleted before its time, nor can its lifecycle change.
    """
    points, resource = "/backup-vaults/{BackupVaultName}/recovery-points", "/resources/{ResourceArn}"
    answer({
        ("GET", points): list_in_vault,
        ("GET", f"{points}/{{RecoveryPointArn}}"): describe,
        ("POST", f"{points}/{{RecoveryPointArn}}"): update_lifecycle,
        ("DELETE", f"{points}/{{RecoveryPointArn}}"): delete,
        ("GET", f"{resource}/recovery-points"): list_of_resource,
        ("GET", resource): describe_resource,
        ("GET", "/resources"): list_resources,
    })
    _be_tagged()


def add(point, snapshot, tags):
    """Puts a recovery point into its vault. `snapshot` is what DynamoDB keeps of a backup."""
    key = (point["BackupVaultName"], point["RecoveryPointArn"])
    backup_state.recovery_points[key] = {
        **point,
        "Status": "COMPLETED",
        "IsEncrypted": True,
        "IsParent": False,
        "VaultType": "BACKUP_VAULT",
        "_snapshot": snapshot,
        "_tags": tags,
    }


def in_vault(request):
    """The recovery point that a request names."""
    vault(request["BackupVaultName"])
    return _found(backup_state.recovery_points.get((request["BackupVaultName"], request["RecoveryPointArn"])), request)


def by_arn(request):
    """The recovery point that a request names without a vault."""
    named = (point for point in _all() if point["RecoveryPointArn"] == request["RecoveryPointArn"])
    return _found(next(named, None), request)


def is_managed(point):
    """Whether AWS Backup manages a recovery point, and not DynamoDB."""
    return point["RecoveryPointArn"].startswith("arn:aws:backup:")


def delete_expired():
    """Deletes the recovery points past their time, in every account and region."""
    for (account, region, key), point in list(backup_state.recovery_points.all_items()):
        if point["CalculatedLifecycle"].get("DeleteAt", float("inf")) <= backup_clock.now():
            backup_state.recovery_points.pop_scoped(account, region, key)
            dynamodb._backups.pop_scoped(account, region, key[1], None)


def describe(request):
    """DescribeRecoveryPoint."""
    return _described(in_vault(request))


def delete(request):
    """DeleteRecoveryPoint."""
    point = in_vault(request)
    _check_unlocked(point)
    dynamodb._backups.pop(point["RecoveryPointArn"], None)
    del backup_state.recovery_points[(point["BackupVaultName"], point["RecoveryPointArn"])]


def update_lifecycle(request):
    """UpdateRecoveryPointLifecycle."""
    point = in_vault(request)
    _check_unlocked(point)
    lifecycle = backup_lifecycles.checked(request.get("Lifecycle"))
    old, new = (days.get("MoveToColdStorageAfterDays") for days in (point["Lifecycle"], lifecycle))
    if backup_lifecycles.storage_class(point) == "COLD" and old != new:
        message = "MoveToColdStorageAfterDays cannot be changed after the transition to cold storage."
        raise Refusal("InvalidParameterValueException", message)
    times = backup_lifecycles.calculated(lifecycle, point["CreationDate"], is_managed(point))
    point.update(Lifecycle=lifecycle, CalculatedLifecycle=times)
    return {field: point[field] for field in ("BackupVaultArn", "RecoveryPointArn", "Lifecycle", "CalculatedLifecycle")}


def list_in_vault(request):
    """ListRecoveryPointsByBackupVault."""
    vault(request["BackupVaultName"])
    expected = {"ResourceArn": request.get("resourceArn"), "ResourceType": request.get("resourceType")}
    points = [
        _described(point)
        for point in backup_state.points_in(request["BackupVaultName"])
        if all(value in (None, point[field]) for field, value in expected.items())
        and request.get("backupPlanId") in (None, point.get("CreatedBy", {}).get("BackupPlanId"))
        and is_between(point["CreationDate"], request)
    ]
    return page(points, request, "RecoveryPoints")


def list_of_resource(request):
    """ListRecoveryPointsByResource."""
    points = [
        {**{field: point[field] for field in BY_RESOURCE}, "BackupSizeBytes": point["BackupSizeInBytes"]}
        for point in _of(request["ResourceArn"])
    ]
    return page(points, request, "RecoveryPoints")


def describe_resource(request):
    """DescribeProtectedResource."""
    points = _of(request["ResourceArn"])
    if not points:
        raise Refusal("ResourceNotFoundException", f"Resource {request['ResourceArn']} is not protected.")
    return _protected(points)


def list_resources(request):
    """ListProtectedResources."""
    arns = dict.fromkeys(point["ResourceArn"] for point in _all())
    return page([_protected(_of(arn)) for arn in arns], request, "Results")


def _all():
    return list(backup_state.recovery_points.values())


def _of(resource_arn):
    return [point for point in _all() if point["ResourceArn"] == resource_arn]


def _protected(points):
    last = max(points, key=lambda point: point["CreationDate"])
    return {
        **{field: last[field] for field in ("ResourceArn", "ResourceType", "ResourceName")},
        "LastBackupTime": last["CreationDate"],
        "LastBackupVaultArn": last["BackupVaultArn"],
        "LastRecoveryPointArn": last["RecoveryPointArn"],
    }


def _found(point, request):
    if point is None:
        raise Refusal("ResourceNotFoundException", f"Cannot find recovery point {request['RecoveryPointArn']}.")
    return point


def _described(point):
    return {**public(point), "StorageClass": backup_lifecycles.storage_class(point)}


def _check_unlocked(point):
    name = point["BackupVaultName"]
    if vault(name)["Locked"]:
        message = f"Backup vault {name} is locked: {point['RecoveryPointArn']} can be neither deleted nor changed."
        raise Refusal("InvalidRequestException", message)


def _be_tagged():
    resolve = backup._resolve_resource

    def resolve_corrected(arn):
        point = next((point for point in _all() if point["RecoveryPointArn"] == arn), None)
        return point["_tags"] if point else resolve(arn)

    backup._resolve_resource = resolve_corrected
