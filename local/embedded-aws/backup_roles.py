"""The roles that AWS Backup takes to back up, copy and restore.

https://docs.aws.amazon.com/aws-backup/latest/devguide/iam-service-roles.html
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForRestores.html
"""

from backup_requests import Refusal
from role_permissions import can_take, role_allows

SERVICE_PRINCIPAL = "backup.amazonaws.com"
MISSING = "IAM Role does not have sufficient permissions to execute the {task}"


def check_role(role_arn):
    """Refuses a role that isn't there or that AWS Backup can't take."""
    if not can_take(SERVICE_PRINCIPAL, role_arn):
        raise Refusal("InvalidParameterValueException", f"IAM Role {role_arn} cannot be assumed by AWS Backup")


def missing_permission(role_arn, task, needed):
    """Why a task, such as "backup", fails under a role, or None.

    `needed` are tuples: action, ARN of the resource and, if there are any, condition keys.
    """
    try:
        check_role(role_arn)
    except Refusal as refusal:
        return refusal.args[1]
    lacks = [action for action, *of in needed if not role_allows(role_arn, action, *of)]
    return f"{MISSING.format(task=task)} ({', '.join(lacks)})" if lacks else None
