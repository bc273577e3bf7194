"""What AWS Backup keeps besides ministack's vaults, plans, selections and backup jobs, by account and region."""

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import backup

import backup_clock

# By vault and ARN.
recovery_points = AccountRegionScopedDict()

# By id.
copy_jobs = AccountRegionScopedDict()
restore_jobs = AccountRegionScopedDict()

# By preference.
region_settings = AccountRegionScopedDict()


def points_in(vault):
    """The recovery points in a vault, in the order of their making."""
    return [point for (name, _arn), point in recovery_points.items() if name == vault]


def clear_with_the_service():
    """A reset of the service clears these too."""
    reset = backup.reset

    def reset_corrected():
        reset()
        backup_clock.reset()
        for kept in (recovery_points, copy_jobs, restore_jobs, region_settings):
            kept.clear()

    backup.reset = reset_corrected
