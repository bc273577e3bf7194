"""The roles that AWS Backup takes to back up, copy and restore.

https://docs.aws.amazon.com/aws-backup/latest/devguide/iam-service-roles.html
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForRestores.html
"""

import json

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import iam

from backup_requests import Refusal
from role_permissions import role_allows

SERVICE_PRINCIPAL = "backup.amazonaws.com"
MISSING = "IAM Role does not have sufficient permissions to execute the {task}"


def check_role(role_arn):
    """Refuses a role that isn't there or that AWS Backup can't take."""
    in_account = role_arn.startswith("arn:") and f":iam::{get_account_id()}:role/" in role_arn
    role = iam._roles.get(role_arn.rsplit("/", 1)[-1]) if in_account else None
    if role is None or not _trusts_backup(role):
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


def _trusts_backup(role):
    document = role["AssumeRolePolicyDocument"]
    statements = (json.loads(document) if isinstance(document, str) else document)["Statement"]
    context = iam_evaluator.EvalContext(
        principal_arn=SERVICE_PRINCIPAL,
        principal_type="Service",
        principal_account=get_account_id(),
        action="sts:AssumeRole",
        resource_arn="*",
        region="",
        service_context={"aws:sourceaccount": get_account_id()},
    )
    return any(
        statement["Effect"] == "Allow"
        and "sts:AssumeRole" in _list(statement["Action"])
        and iam_evaluator._service_principal_matches(statement.get("Principal"), SERVICE_PRINCIPAL)
        and iam_evaluator._conditions_met(statement.get("Condition", {}), context)
        for statement in _list(statements)
    )


def _list(one_or_more):
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]
