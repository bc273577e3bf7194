"""What a restored DynamoDB table is like.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CreateBackup.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/pointintimerecovery_restores.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableFromBackup.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreSummary.html
"""

import copy
from collections import defaultdict

from ministack.core.responses import get_account_id
from ministack.services import dynamodb

import unfinished_restores

NO_CAPACITY = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}


def restored_tables():
    """A restored table is being created for a while, and nobody can use it meanwhile. RestoreSummary says what it is from.

    In ministack, it is active at once, its restore is in progress for ever or isn't shown, and it is encrypted with a key
    that AWS owns.
    """
    describe, create_replica = dynamodb._table_description, dynamodb._create_replica

    def describe_corrected(name):
        description = describe(name)
        table = dynamodb._tables[name]
        if "RestoreSummary" in table:
            in_progress = unfinished_restores.is_in_progress(table)
            description["RestoreSummary"] = {**table["RestoreSummary"], "RestoreInProgress": in_progress}
            if in_progress:
                description["TableStatus"] = "CREATING"
        return description

    def create_replica_corrected(name, table, region):
        create_replica(name, table, region)
        dynamodb._tables.get_scoped(get_account_id(), region, name).pop("RestoreSummary", None)

    dynamodb._table_description = describe_corrected
    dynamodb._create_replica = create_replica_corrected
    dynamodb._restore_table_from_backup = _restore_from_backup
    unfinished_restores.refuse_requests()


def restore(data, settings, items, summary):
    """Makes the table that a restore is to make, and answers like it.

    It has the keys, the indexes, the capacity and the encryption of the source, unless the request says otherwise; those of
    now, where it is restored to a time. It has no stream, time to live, recovery, deletion protection, insights, tags or
    policy. AWS doesn't document its table class: here, it is the standard one.
    """
    request = _create_request(data, settings)
    fault = _fault(data, settings, request)
    if fault:
        return dynamodb.error_response_json(*fault, 400)
    answer = dynamodb._create_table(request)
    if answer[0] != 200:
        return answer
    table = dynamodb._tables[data["TargetTableName"]]
    if "SSESpecificationOverride" not in data:
        table["SSEDescription"] = copy.deepcopy(settings["SSEDescription"])
    table["items"] = defaultdict(dict, copy.deepcopy(items))
    dynamodb._items_replaced(table)
    table["RestoreSummary"] = summary
    _forget_insights(data["TargetTableName"])
    unfinished_restores.begin(table)
    return dynamodb.json_response({"TableDescription": dynamodb._table_description(data["TargetTableName"])})


def _forget_insights(name):
    """ministack keeps the insights of a deleted table, and a table can be restored under the name of a deleted one."""
    for key in list(dynamodb._contributor_insights):
        if key.split("/")[0] == name:
            del dynamodb._contributor_insights[key]


def _create_request(data, settings):
    billing = data.get("BillingModeOverride") or settings["BillingMode"]
    request = dynamodb._restore_create_request(
        data.get("TargetTableName"), settings["KeySchema"], settings["AttributeDefinitions"], billing,
        data.get("ProvisionedThroughputOverride") or settings["ProvisionedThroughput"], data,
        settings["GlobalSecondaryIndexes"], settings["LocalSecondaryIndexes"], None,
    )
    on_demand = billing == "PAY_PER_REQUEST"
    for index in request.get("GlobalSecondaryIndexes", []):
        index.pop("ProvisionedThroughput" if on_demand else "OnDemandThroughput", None)
    maxima = data.get("OnDemandThroughputOverride") or settings["OnDemandThroughput"]
    if maxima and on_demand:
        request["OnDemandThroughput"] = maxima
    # Without a key of the account, AWS shows no SSEDescription; ministack shows a disabled one.
    if data.get("SSESpecificationOverride", {}).get("Enabled"):
        request["SSESpecification"] = data["SSESpecificationOverride"]
    return request


def _fault(data, settings, request):
    """The error of a restore that can't be made, or None."""
    target = data.get("TargetTableName")
    if not target:
        return "ValidationException", "TargetTableName must not be null"
    if target in dynamodb._tables:
        return "TableAlreadyExistsException", f"Table already exists: {target}"
    message = _unknown_index(data, settings) or _without_capacity(request)
    return ("ValidationException", f"One or more parameter values were invalid: {message}") if message else None


def _unknown_index(data, settings):
    """Indexes of the source can be left out, and others can't be added."""
    for kind in ("GlobalSecondaryIndex", "LocalSecondaryIndex"):
        keys = {index["IndexName"]: index["KeySchema"] for index in settings[f"{kind}es"] or []}
        for index in data.get(f"{kind}Override") or []:
            if keys.get(index["IndexName"]) != index["KeySchema"]:
                return f"{kind}Override has an index that the source doesn't have: {index['IndexName']}"
    return None


def _without_capacity(request):
    """In provisioned mode, a table that was in on-demand mode needs capacity, and each of its indexes too."""
    if request["BillingMode"] == "PAY_PER_REQUEST":
        return None
    if request["ProvisionedThroughput"] == NO_CAPACITY:
        return f"ProvisionedThroughput must be specified for table: {request['TableName']}"
    for index in request.get("GlobalSecondaryIndexes", []):
        if index.get("ProvisionedThroughput", NO_CAPACITY) == NO_CAPACITY:
            return f"ProvisionedThroughput must be specified for index: {index['IndexName']}"
    return None


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
