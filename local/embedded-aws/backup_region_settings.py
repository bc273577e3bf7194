"""Which services AWS Backup protects in a region, and which backups it manages itself.

https://docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateRegionSettings.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeRegionSettings.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/advanced-ddb-backup.html
"""

from ministack.services import backup

from backup_requests import answer
from backup_state import region_settings

OPT_IN, MANAGEMENT = "ResourceTypeOptInPreference", "ResourceTypeManagementPreference"

# Of an account that created its first vault after 2021.
MANAGED = ("DynamoDB", "EFS")


def backup_region_settings():
    """UpdateRegionSettings changes what it names, and DescribeRegionSettings returns the settings of every type.

    ministack has no setting. In a new account, every type is opted in, and AWS Backup manages the backups of DynamoDB
    itself, which cold storage and copies need.
    """
    answer({("GET", "/account-settings"): describe, ("PUT", "/account-settings"): update})


def describe(_request):
    """DescribeRegionSettings."""
    return {preference: _preferences(preference) for preference in (OPT_IN, MANAGEMENT)}


def update(request):
    """UpdateRegionSettings."""
    for preference in (OPT_IN, MANAGEMENT):
        region_settings[preference] = {**_preferences(preference), **(request.get(preference) or {})}


def is_managed(resource_type):
    """Whether AWS Backup manages the backups of this type itself, which needs both settings."""
    return all(_preferences(preference).get(resource_type, False) for preference in (OPT_IN, MANAGEMENT))


def _preferences(preference):
    types = MANAGED if preference == MANAGEMENT else backup._SUPPORTED_RESOURCE_TYPES
    return region_settings.get(preference) or dict.fromkeys(types, True)
