"""What DAX keeps, by account and region."""

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region

SERVICE = "dax"
SERVICE_PRINCIPAL = "dax.amazonaws.com"

# Each by name. Fields with a leading underscore are not shown.
clusters = AccountRegionScopedDict()
subnet_groups = AccountRegionScopedDict()
parameter_groups = AccountRegionScopedDict()

# Of a cluster, by its ARN.
tags = AccountRegionScopedDict()


class Refusal(Exception):
    """An error response: its code and its message."""


def cluster_arn(name):
    """The ARN of a cluster of the current account and region."""
    return f"arn:aws:{SERVICE}:{get_region()}:{get_account_id()}:cache/{name}"


def found(kept, name, code, kind):
    """What has a name, or a refusal."""
    if name not in kept:
        raise Refusal(code, f"{kind} not found: {name}")
    return kept[name]


def page(items, request, field):
    """The requested page of a list, and the token of the next one."""
    start, size = int(request.get("NextToken") or 0), request.get("MaxResults") or 100
    following = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return {field: items[start : start + size], **following}


def public(kept):
    """What a record shows: the fields of AWS."""
    return {name: value for name, value in kept.items() if not name.startswith("_")}
