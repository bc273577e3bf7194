"""What DynamoDB refuses of a table while it is being restored.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateBackup.html
"""

import json
import time

from ministack.services import dynamodb

# AWS takes minutes to hours.
RESTORE_SECONDS = 1.0

# In a table's record: when its restore is complete.
COMPLETE_AT = "_restore_complete_at"

IN_USE = "ResourceInUseException", "Attempt to change a resource which is still in use: Table is being created: "
BACKUP_IN_USE = "TableInUseException", "Table is being created: "
NOT_YET = "ContinuousBackupsUnavailableException", "Backups are being enabled for the table: "
REFUSED_CHANGES = {
    "CreateBackup": BACKUP_IN_USE,
    "DeleteTable": IN_USE,
    "RestoreTableToPointInTime": BACKUP_IN_USE,
    "UpdateContinuousBackups": NOT_YET,
    "UpdateTable": IN_USE,
    "UpdateTimeToLive": IN_USE,
}
STATEMENT_ACTIONS = ("BatchExecuteStatement", "ExecuteStatement", "ExecuteTransaction")
BATCH_ACTIONS = ("BatchGetItem", "BatchWriteItem")
TRANSACTION_ACTIONS = ("TransactGetItems", "TransactWriteItems")
ITEM_ACTIONS = (
    *STATEMENT_ACTIONS, *BATCH_ACTIONS, *TRANSACTION_ACTIONS,
    "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem",
)


def begin(table):
    """From now on, a table is being restored."""
    table[COMPLETE_AT] = time.time() + RESTORE_SECONDS


def is_in_progress(table):
    """Whether a table is still being restored."""
    return table.get(COMPLETE_AT, 0) > time.time()


def refuse_requests():
    """Items of a table that is being restored can't be read or written, and its settings can't be changed."""
    handle = dynamodb.handle_request

    async def handle_corrected(method, path, headers, body, query_params):
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if action in ITEM_ACTIONS or action in REFUSED_CHANGES:
            names = [dynamodb._normalize_table_name(name) for name in _tables_of(action, json.loads(body or b"{}"))]
            unfinished = [name for name in names if is_in_progress(dynamodb._tables.get(name) or {})]
            if unfinished:
                return _refusal(action, unfinished[0])
        return await handle(method, path, headers, body, query_params)

    dynamodb.handle_request = handle_corrected


def _refusal(action, name):
    if action in ITEM_ACTIONS:
        return dynamodb.error_response_json("ResourceNotFoundException", "Requested resource not found", 400)
    code, message = REFUSED_CHANGES[action]
    return dynamodb.error_response_json(code, message + name, 400)


def _tables_of(action, data):
    """The tables that a request reads or changes."""
    if action in BATCH_ACTIONS:
        return list(data.get("RequestItems", {}))
    if action in TRANSACTION_ACTIONS:
        return [part["TableName"] for item in data.get("TransactItems", []) for part in item.values()]
    if action in STATEMENT_ACTIONS:
        return _tables_of_statements(data.get("Statements") or data.get("TransactStatements") or [data])
    named = data.get("TableName") or data.get("SourceTableName") or data.get("SourceTableArn")
    return [named] if named else []


def _tables_of_statements(statements):
    for statement in statements:
        try:
            yield dynamodb._parse_partiql(statement["Statement"], statement.get("Parameters", []))["table"]
        except (KeyError, ValueError):
            continue  # ministack says what is wrong with the statement
