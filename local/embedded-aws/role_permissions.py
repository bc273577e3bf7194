"""Which services can take a role, and what its policies allow the service that has taken it."""

import json

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import iam, tagging


def can_take(service, role_arn):
    """Whether a service, such as `backup.amazonaws.com`, can take a role: it is in the current account, and trusts it."""
    in_account = role_arn.startswith("arn:") and f":iam::{get_account_id()}:role/" in role_arn
    role = iam._roles.get(role_arn.rsplit("/", 1)[-1]) if in_account else None
    return role is not None and _trusts(role["AssumeRolePolicyDocument"], service)


def role_allows(role_arn, action, resource_arn, context=None):
    """Whether a role's policies and its permissions boundary allow an action. `context` are condition keys."""
    account, role = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    request = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{role}/service",
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource_arn,
        region=resource_arn.split(":")[3],
        service_context={
            **{f"aws:resourcetag/{name}".lower(): value for name, value in (tagging.resource_tags(resource_arn) or {}).items()},
            **{key.lower(): value for key, value in (context or {}).items()},
        },
    )
    policies = iam_evaluator._gather_role_policies(role, account)
    limits = iam_evaluator._permissions_boundary(iam._roles, role, account)
    return iam_evaluator.evaluate(request, policies, *limits).decision == "Allow"


def _trusts(document, service):
    statements = (json.loads(document) if isinstance(document, str) else document)["Statement"]
    context = iam_evaluator.EvalContext(
        principal_arn=service,
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
        and iam_evaluator._service_principal_matches(statement.get("Principal"), service)
        and iam_evaluator._conditions_met(statement.get("Condition", {}), context)
        for statement in _list(statements)
    )


def _list(one_or_more):
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]
