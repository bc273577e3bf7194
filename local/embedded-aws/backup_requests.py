"""How requests of AWS Backup reach the functions that answer them, before ministack would.

https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Operations.html
"""

import json
import re
from datetime import datetime

from ministack.services import backup


class Refusal(Exception):
    """An error response: its code and its message."""


def answer(routes):
    """Answers these requests, and leaves others to who answered them before.

    `routes` are functions by method and path, such as `("PUT", "/backup-vaults/{BackupVaultName}/vault-lock")`; the
    first that fits counts. A function gets the fields of path, query and body in one dictionary, and returns those of
    the response, or None.
    """
    compiled = [(method, _compiled(path), function) for (method, path), function in routes.items()]
    handle = backup.handle_request

    async def handle_corrected(method, path, headers, body, query_params):
        for expected, pattern, function in compiled:
            found = pattern.fullmatch(path.rstrip("/")) if method == expected else None
            if found:
                return _response(function, {**_query(query_params), **json.loads(body or b"{}"), **found.groupdict()})
        return await handle(method, path, headers, body, query_params)

    backup.handle_request = handle_corrected


def vault(name):
    """A vault of the current account and region."""
    found = backup._vaults.get(name)
    if found is None:
        raise Refusal("ResourceNotFoundException", f"Backup vault {name} does not exist.")
    return found


def page(items, request, field):
    """The requested page of a list, and the token of the next one."""
    start, size = int(request.get("nextToken") or 0), int(request.get("maxResults") or 1_000)
    following = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return {field: items[start : start + size], **following}


def public(kept):
    """What a record shows: the fields of AWS."""
    return {field: value for field, value in kept.items() if not field.startswith("_")}


def is_between(instant, request):
    """Whether an instant is after createdAfter and before createdBefore, if those are requested."""
    after, before = (
        datetime.fromisoformat(request[name]).timestamp() if name in request else None
        for name in ("createdAfter", "createdBefore")
    )
    return (after is None or instant > after) and (before is None or instant < before)


def _response(function, request):
    try:
        return backup._ok(function(request) or {})
    except Refusal as refusal:
        return backup._err(*refusal.args)
    except KeyError as error:
        return backup._err("MissingParameterValueException", f"{error.args[0]} is required")


def _compiled(path):
    # An ARN can have slashes: that of a table, and of a recovery point that DynamoDB manages.
    arns = re.sub(r"{(\w+Arn)}", r"(?P<\1>.+)", path)
    return re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", arns))


def _query(params):
    return {name: value[0] if isinstance(value, list) else value for name, value in params.items()}
