"""What the policies of a role allow the service that has taken it."""

from ministack.core import iam_evaluator
from ministack.services import iam


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
        service_context={key.lower(): value for key, value in (context or {}).items()},
    )
    policies = iam_evaluator._gather_role_policies(role, account)
    limits = iam_evaluator._permissions_boundary(iam._roles, role, account)
    return iam_evaluator.evaluate(request, policies, *limits).decision == "Allow"
