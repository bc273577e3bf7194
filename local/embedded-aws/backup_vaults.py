"""Backup vaults: their lock, their access policy, and that only an empty one can be deleted.

ministack has neither lock nor policy, and deletes any vault.

https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_PutBackupVaultLockConfiguration.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeBackupVault.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault-access-policy.html
"""

from ministack.services import backup, kms

import backup_clock
import backup_state
from backup_requests import Refusal, answer, page, vault

DAY_SECONDS = 86_400
RETENTION_DAYS = (1, 36_500)
CHANGEABLE_DAYS = (3, 36_500)
LOCK = ("Locked", "MinRetentionDays", "MaxRetentionDays", "LockDate")


def backup_vaults():
    """A vault can be locked and have an access policy, and is deleted only while it is empty.

    A lock without ChangeableForDays is a governance lock, which can be changed and removed at any time; one with it
    can't from its LockDate on. A vault without a key of its own has the key that AWS manages.
    """
    backup_state.clear_with_the_service()
    _use_aws_managed_key()
    name = "/backup-vaults/{BackupVaultName}"
    answer({
        ("PUT", f"{name}/vault-lock"): put_lock,
        ("DELETE", f"{name}/vault-lock"): delete_lock,
        ("PUT", f"{name}/access-policy"): put_policy,
        ("GET", f"{name}/access-policy"): get_policy,
        ("DELETE", f"{name}/access-policy"): delete_policy,
        ("GET", "/backup-vaults"): list_vaults,
        ("GET", name): describe,
        ("DELETE", name): delete,
    })


def describe(request):
    """DescribeBackupVault."""
    return _described(vault(request["BackupVaultName"]))


def list_vaults(request):
    """ListBackupVaults."""
    return page([_described(kept) for kept in backup._vaults.values()], request, "BackupVaultList")


def delete(request):
    """DeleteBackupVault."""
    name = request["BackupVaultName"]
    vault(name)
    if backup_state.points_in(name):
        raise Refusal("InvalidRequestException", "Backup vault cannot be deleted because it contains recovery points.")
    del backup._vaults[name]


def put_lock(request):
    """PutBackupVaultLockConfiguration."""
    locked = _unless_immutable(request)
    minimum, maximum = request.get("MinRetentionDays"), request.get("MaxRetentionDays")
    changeable = request.get("ChangeableForDays")
    _check_range("MinRetentionDays", minimum, RETENTION_DAYS)
    _check_range("MaxRetentionDays", maximum, RETENTION_DAYS)
    _check_range("ChangeableForDays", changeable, CHANGEABLE_DAYS)
    if minimum and maximum and minimum > maximum:
        raise Refusal("InvalidParameterValueException", "MinRetentionDays must not be more than MaxRetentionDays.")
    _unlock(locked)
    retention = {"MinRetentionDays": minimum, "MaxRetentionDays": maximum}
    if changeable:
        retention["LockDate"] = backup_clock.now() + changeable * DAY_SECONDS
    locked.update(Locked=True, **{field: value for field, value in retention.items() if value})


def delete_lock(request):
    """DeleteBackupVaultLockConfiguration."""
    _unlock(_unless_immutable(request))


def put_policy(request):
    """PutBackupVaultAccessPolicy."""
    vault(request["BackupVaultName"])["Policy"] = request["Policy"]


def get_policy(request):
    """GetBackupVaultAccessPolicy."""
    kept = vault(request["BackupVaultName"])
    if "Policy" not in kept:
        name = request["BackupVaultName"]
        raise Refusal("ResourceNotFoundException", f"Backup vault {name} has no access policy associated with it.")
    return {field: kept[field] for field in ("BackupVaultName", "BackupVaultArn", "Policy")}


def delete_policy(request):
    """DeleteBackupVaultAccessPolicy."""
    vault(request["BackupVaultName"]).pop("Policy", None)


def _described(kept):
    described = {field: value for field, value in kept.items() if field not in ("Policy", "BackupVaultTags")}
    points = backup_state.points_in(kept["BackupVaultName"])
    return {**described, "VaultType": "BACKUP_VAULT", "NumberOfRecoveryPoints": len(points)}


def _unless_immutable(request):
    found = vault(request["BackupVaultName"])
    if "LockDate" in found and backup_clock.now() >= found["LockDate"]:
        name = request["BackupVaultName"]
        raise Refusal("InvalidRequestException", f"Vault Lock of backup vault {name} is immutable since its lock date.")
    return found


def _unlock(found):
    for field in LOCK:
        found.pop(field, None)
    found["Locked"] = False


def _check_range(name, value, limits):
    low, high = limits
    if value is not None and not low <= value <= high:
        raise Refusal("InvalidParameterValueException", f"{name} must be between {low} and {high} (given {value}).")


def _use_aws_managed_key():
    create = backup._create_vault

    def create_corrected(name, body):
        managed = {} if body.get("EncryptionKeyArn") else kms._resolve_key("alias/aws/backup")
        return create(name, {**body, **({"EncryptionKeyArn": managed["Arn"]} if managed else {})})

    backup._create_vault = create_corrected
