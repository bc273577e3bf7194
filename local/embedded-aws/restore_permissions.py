"""Who may restore a table.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html
"""

import json

from ministack.core import iam_evaluator, router
from ministack.core.responses import get_account_id, get_region
from ministack.services import dynamodb

ON_TARGET = ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")


def restore_permissions():
    """Who restores a table needs permission to read and write the restored one.

    ministack checks the action alone, on the table or the backup that is restored (see permission_checks.py).
    """
    handle = dynamodb.handle_request

    async def handle_corrected(method, path, headers, body, query_params):
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if action in ("RestoreTableFromBackup", "RestoreTableToPointInTime"):
            refused = _refusal(json.loads(body or b"{}"), router.extract_access_key_id(headers, query_params))
            if refused:
                return dynamodb.error_response_json("AccessDeniedException", refused, 400)
        return await handle(method, path, headers, body, query_params)

    dynamodb.handle_request = handle_corrected


def _refusal(data, access_key_id):
    resource = f"arn:aws:dynamodb:{get_region()}:{get_account_id()}:table/{data.get('TargetTableName', '')}"
    for action in ON_TARGET:
        denied = iam_evaluator.enforce(access_key_id, f"dynamodb:{action}", "dynamodb", get_region(), resource)
        if denied:
            return (
                f"User: {denied.principal_arn} is not authorized to perform: dynamodb:{action} on resource: {resource}"
            )
    return None
