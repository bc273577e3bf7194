"""How long recovery points are kept, and when they move to cold storage.

https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Lifecycle.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CalculatedLifecycle.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
"""

import backup_clock
from backup_requests import Refusal

DAY_SECONDS = 86_400
COLD_STORAGE_DAYS = 90


def checked(lifecycle):
    """A lifecycle without what isn't set, refused if it isn't valid."""
    days = {name: value for name, value in (lifecycle or {}).items() if value not in (None, -1)}
    cold, delete = days.get("MoveToColdStorageAfterDays"), days.get("DeleteAfterDays")
    if any(value is not None and value < 1 for value in (cold, delete)):
        raise Refusal("InvalidParameterValueException", "The days of a lifecycle must be at least 1.")
    if cold and delete and delete < cold + COLD_STORAGE_DAYS:
        message = f"DeleteAfterDays must be at least {COLD_STORAGE_DAYS} days after MoveToColdStorageAfterDays."
        raise Refusal("InvalidParameterValueException", message)
    return days


def calculated(lifecycle, created, has_cold_storage):
    """The times of a lifecycle, in seconds since 1970."""
    delete, cold = lifecycle.get("DeleteAfterDays"), lifecycle.get("MoveToColdStorageAfterDays")
    times = {"DeleteAt": delete, "MoveToColdStorageAt": cold if has_cold_storage else None}
    return {name: created + days * DAY_SECONDS for name, days in times.items() if days}


def storage_class(point):
    """Where a recovery point is stored at this time."""
    moved = point["CalculatedLifecycle"].get("MoveToColdStorageAt")
    return "COLD" if moved and backup_clock.now() >= moved else "WARM"


def broken_lock(vault, lifecycle):
    """Why a vault's lock refuses a backup or a copy with this lifecycle, or None. Without days, it is kept for ever."""
    days = lifecycle.get("DeleteAfterDays", float("inf"))
    minimum, maximum = vault.get("MinRetentionDays", 0), vault.get("MaxRetentionDays", float("inf"))
    if minimum <= days <= maximum:
        return None
    name = vault["BackupVaultName"]
    return f"The retention period is not within the minimum and maximum of the lock of backup vault {name}."
