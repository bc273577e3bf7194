"""Who may restore a table.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html
"""

from ministack.core.responses import get_account_id, get_region
from ministack.services import dynamodb

import caller_permissions

ON_TARGET = ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")


def restore_permissions():
    """Who restores a table needs permission to read and write the restored one.

    ministack checks the action alone, on the table or the backup that is restored (see permission_checks.py).
    """
    handle = dynamodb.handle_request

    async def handle_corrected(method, path, headers, body, query_params):
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if action in ("RestoreTableFromBackup", "RestoreTableToPointInTime"):
            needed = _needed(caller_permissions.request_of(body))
            for message in caller_permissions.missing(headers, query_params, needed):
                return dynamodb.error_response_json("AccessDeniedException", message, 400)
        return await handle(method, path, headers, body, query_params)

    dynamodb.handle_request = handle_corrected


def _needed(request):
    target = f"arn:aws:dynamodb:{get_region()}:{get_account_id()}:table/{request.get('TargetTableName', '')}"
    return [(f"dynamodb:{action}", target) for action in ON_TARGET]
