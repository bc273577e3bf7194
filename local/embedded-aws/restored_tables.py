"""What a restored DynamoDB table is like, and who may restore one.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CreateBackup.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreSummary.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html
"""

import copy
import json
import time
from collections import defaultdict

from ministack.core import iam_evaluator, router
from ministack.core.responses import get_account_id, get_region
from ministack.services import dynamodb

# AWS takes minutes to hours.
RESTORE_SECONDS = 1.0

# In a table's record: when its restore is complete.
COMPLETE_AT = "_restore_complete_at"

READ_AND_WRITE = ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
ITEM_ACTIONS = (*READ_AND_WRITE, "BatchGetItem", "ExecuteStatement", "TransactGetItems", "TransactWriteItems")
CHANGES = ("DeleteTable", "UpdateContinuousBackups", "UpdateTable", "UpdateTimeToLive")


def restore(data, settings, items, summary):
    """Makes the table that a restore is to make, and answers like it.

    It has the keys, the indexes, the capacity and the encryption of the source, unless the request says otherwise; those of
    now, where it is restored to a time. It has no stream, time to live, recovery, deletion protection, tags or policy.
    """
    target = data.get("TargetTableName")
    if not target:
        return dynamodb.error_response_json("ValidationException", "TargetTableName must not be null", 400)
    if target in dynamodb._tables:
        message = f"Table already exists: {target}"
        return dynamodb.error_response_json("TableAlreadyExistsException", message, 400)
    billing = data.get("BillingModeOverride") or settings["BillingMode"]
    request = dynamodb._restore_create_request(
        target, settings["KeySchema"], settings["AttributeDefinitions"], billing,
        data.get("ProvisionedThroughputOverride") or settings["ProvisionedThroughput"], data,
        settings["GlobalSecondaryIndexes"], settings["LocalSecondaryIndexes"], None,
    )
    maxima = data.get("OnDemandThroughputOverride") or settings.get("OnDemandThroughput")
    if maxima and billing == "PAY_PER_REQUEST":
        request["OnDemandThroughput"] = maxima
    if "SSESpecificationOverride" in data:
        request["SSESpecification"] = data["SSESpecificationOverride"]
    answer = dynamodb._create_table(request)
    if answer[0] != 200:
        return answer
    table = dynamodb._tables[target]
    if "SSESpecificationOverride" not in data and settings.get("SSEDescription"):
        table["SSEDescription"] = copy.deepcopy(settings["SSEDescription"])
    table["items"] = defaultdict(dict, copy.deepcopy(items))
    dynamodb._items_replaced(table)
    table["RestoreSummary"] = summary
    table[COMPLETE_AT] = time.time() + RESTORE_SECONDS
    return dynamodb.json_response({"TableDescription": dynamodb._table_description(target)})


def restored_tables():
    """A restored table is being created for a while, and nobody can use it meanwhile. RestoreSummary says what it is from.

    In ministack, it is active at once, its restore is in progress for ever or isn't shown, and it is encrypted with a key
    that AWS owns.
    """
    describe, handle = dynamodb._table_description, dynamodb.handle_request

    def describe_corrected(name):
        description = describe(name)
        table = dynamodb._tables[name]
        if "RestoreSummary" in table:
            in_progress = _is_in_progress(table)
            description["RestoreSummary"] = {**table["RestoreSummary"], "RestoreInProgress": in_progress}
            if in_progress:
                description["TableStatus"] = "CREATING"
        return description

    async def handle_corrected(method, path, headers, body, query_params):
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        names = [dynamodb._normalize_table_name(name) for name in _tables_of(action, json.loads(body or b"{}"))]
        if any(_is_in_progress(dynamodb._tables.get(name) or {}) for name in names):
            if action in ITEM_ACTIONS:
                return dynamodb.error_response_json("ResourceNotFoundException", "Requested resource not found", 400)
            if action in CHANGES:
                message = f"Attempt to change a resource which is still in use: Table is being created: {names[0]}"
                return dynamodb.error_response_json("ResourceInUseException", message, 400)
        return await handle(method, path, headers, body, query_params)

    dynamodb._table_description = describe_corrected
    dynamodb.handle_request = handle_corrected
    dynamodb._restore_table_from_backup = _restore_from_backup


def _is_in_progress(table):
    return table.get(COMPLETE_AT, 0) > time.time()


def _tables_of(action, data):
    """The tables that a request names."""
    if action in ("BatchGetItem", "BatchWriteItem"):
        return list(data.get("RequestItems", {}))
    if action in ("TransactGetItems", "TransactWriteItems"):
        return [part["TableName"] for item in data.get("TransactItems", []) for part in item.values()]
    return [data["TableName"]] if data.get("TableName") else []


def _restore_from_backup(data):
    backup = dynamodb._backups.get(data.get("BackupArn"))
    if not backup:
        message = f"Backup not found: {data.get('BackupArn')}"
        return dynamodb.error_response_json("BackupNotFoundException", message, 400)
    source, features = backup["SourceTableDetails"], backup["SourceTableFeatureDetails"]
    settings = {
        "KeySchema": source["KeySchema"],
        "AttributeDefinitions": backup["_attribute_definitions"],
        "BillingMode": source["BillingMode"],
        "ProvisionedThroughput": source["ProvisionedThroughput"],
        "OnDemandThroughput": source.get("OnDemandThroughput"),
        "GlobalSecondaryIndexes": features["GlobalSecondaryIndexes"],
        "LocalSecondaryIndexes": features["LocalSecondaryIndexes"],
        "SSEDescription": features["SSEDescription"],
    }
    summary = {
        "SourceBackupArn": data["BackupArn"],
        "SourceTableArn": source["TableArn"],
        "RestoreDateTime": backup["BackupDetails"]["BackupCreationDateTime"],
    }
    return restore(data, settings, backup["_items_snapshot"], summary)


def restore_permissions():
    """Who restores a table needs permission to read and write the restored one.

    ministack checks the action on the restored table alone, or on none.
    """
    handle = dynamodb.handle_request

    async def handle_corrected(method, path, headers, body, query_params):
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if action in ("RestoreTableFromBackup", "RestoreTableToPointInTime"):
            key = router.extract_access_key_id(headers, query_params)
            target = json.loads(body)["TargetTableName"]
            resource = f"arn:aws:dynamodb:{get_region()}:{get_account_id()}:table/{target}"
            for needed in READ_AND_WRITE:
                denied = iam_evaluator.enforce(key, f"dynamodb:{needed}", "dynamodb", get_region(), resource)
                if denied:
                    message = (
                        f"User: {denied.principal_arn} is not authorized to perform: dynamodb:{needed} "
                        f"on resource: {resource}"
                    )
                    return dynamodb.error_response_json("AccessDeniedException", message, 400)
        return await handle(method, path, headers, body, query_params)

    dynamodb.handle_request = handle_corrected
