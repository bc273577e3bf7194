"""What a request's caller lacks of the permissions that it needs besides the one for its own action."""

import json

from ministack.core import iam_evaluator, router
from ministack.core.responses import get_region


def missing(headers, query_params, needed):
    """What AWS says of each permission that the caller lacks.

    `needed` are tuples: action, ARN of the resource and, if there are any, condition keys.
    """
    return lacking(router.extract_access_key_id(headers, query_params), needed)


def lacking(access_key, needed):
    """The same of the caller with this access key."""
    for action, resource, *keys in needed:
        region = [*resource.split(":"), "", "", ""][3] or get_region()
        denied = iam_evaluator.enforce(access_key, action, action.split(":")[0], region, resource, *keys)
        if denied:
            yield f"User: {denied.principal_arn} is not authorized to perform: {action} on resource: {resource}"


def request_of(body):
    """The fields of a request in JSON; none if it isn't one."""
    try:
        return json.loads(body or b"{}")
    except ValueError:
        return {}
