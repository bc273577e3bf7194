"""What Application Auto Scaling keeps, by account and region."""

from ministack.core.responses import AccountRegionScopedDict

# Each by resource id and scalable dimension; policies and scheduled actions also by name.
targets = AccountRegionScopedDict()
policies = AccountRegionScopedDict()
schedules = AccountRegionScopedDict()

# Of a target, by its ARN.
tags = AccountRegionScopedDict()

_activities = AccountRegionScopedDict()


def activities():
    """The scaling activities, the newest first."""
    return _activities.setdefault("activities", [])


def clear():
    for kept in (targets, policies, schedules, tags, _activities):
        kept.clear()
