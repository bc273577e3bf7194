"""Point-in-time recovery of DynamoDB tables. ministack restores a table as it is now, whatever the time, even without recovery.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoverySpecification.html
"""

import copy
import json
import time

from ministack.core.responses import get_account_id
from ministack.services import dynamodb

import restored_tables

# In a table's record: its items when recovery was enabled, that time, and every change of an item since.
HISTORY = "_recovery_history"
DAY_SECONDS = 86_400


def point_in_time_recovery():
    """A table with recovery is restored as it was at a time of its window; one without it can't be restored.

    The window begins when recovery is enabled, at most RecoveryPeriodInDays (default: 35) ago, and ends now; in AWS, about
    five minutes ago. To turn recovery off ends the window; on again, a new one begins.
    """
    set_item, remove_item, replaced = dynamodb._set_item, dynamodb._remove_item, dynamodb._items_replaced
    update, describe = dynamodb._update_continuous_backups, dynamodb._describe_continuous_backups
    create_replica = dynamodb._create_replica

    def set_corrected(table, pk_val, sk_val, item):
        _note(table, pk_val, sk_val, item)
        return set_item(table, pk_val, sk_val, item)

    def remove_corrected(table, pk_val, sk_val):
        _note(table, pk_val, sk_val, None)
        return remove_item(table, pk_val, sk_val)

    def replaced_corrected(table):
        if HISTORY in table:
            _note_all(table)
        replaced(table)

    def create_replica_corrected(name, table, region):
        create_replica(name, table, region)
        # A replica has a recovery of its own, which is off at first.
        dynamodb._tables.get_scoped(get_account_id(), region, name).pop(HISTORY, None)

    def update_corrected(data):
        specification = data.get("PointInTimeRecoverySpecification", {})
        days = specification.get("RecoveryPeriodInDays", 35)
        if not 1 <= days <= 35:
            return dynamodb.error_response_json(
                "ValidationException", f"RecoveryPeriodInDays must be between 1 and 35 (given {days})", 400
            )
        answer = update(data)
        if answer[0] == 200:
            name = dynamodb._normalize_table_name(data["TableName"])
            enabled = specification.get("PointInTimeRecoveryEnabled", False)
            _begin_or_end(dynamodb._tables[name], enabled)
            if enabled:
                # ministack stores True here and reads it as a boolean; it removes the entry with the table.
                dynamodb._pitr_settings[name] = days
        return _answer(answer, data.get("TableName"))

    dynamodb._set_item = set_corrected
    dynamodb._remove_item = remove_corrected
    dynamodb._items_replaced = replaced_corrected
    dynamodb._create_replica = create_replica_corrected
    dynamodb._update_continuous_backups = update_corrected
    dynamodb._describe_continuous_backups = lambda data: _answer(describe(data), data.get("TableName"))
    dynamodb._restore_table_to_point_in_time = _restore


def _begin_or_end(table, enabled):
    if not enabled:
        table.pop(HISTORY, None)
    elif HISTORY not in table:
        table[HISTORY] = {"since": time.time(), "items": copy.deepcopy(dict(table["items"])), "changes": []}


def _note(table, pk_val, sk_val, item):
    """Notes a change; None is a deletion."""
    if HISTORY in table:
        table[HISTORY]["changes"].append((time.time(), pk_val, sk_val, copy.deepcopy(item)))


def _note_all(table):
    """Notes that all items were replaced, as when a transaction is rolled back."""
    former = items_at(table, time.time())
    for pk_val, sort_keys in former.items():
        for sk_val in sort_keys:
            if sk_val not in table["items"].get(pk_val, {}):
                _note(table, pk_val, sk_val, None)
    for pk_val, sort_keys in table["items"].items():
        for sk_val, item in sort_keys.items():
            if former.get(pk_val, {}).get(sk_val) != item:
                _note(table, pk_val, sk_val, item)


def items_at(table, moment):
    """The items as they were; those of the history, so not to be changed."""
    items = {pk_val: dict(sort_keys) for pk_val, sort_keys in table[HISTORY]["items"].items()}
    for changed, pk_val, sk_val, item in table[HISTORY]["changes"]:
        if changed > moment:
            break
        if item is not None:
            items.setdefault(pk_val, {})[sk_val] = item
        elif pk_val in items:
            items[pk_val].pop(sk_val, None)
    return {pk_val: sort_keys for pk_val, sort_keys in items.items() if sort_keys}


def window(name):
    """The earliest and the latest time to which a table with recovery can be restored."""
    now = time.time()
    earliest = now - dynamodb._pitr_settings[name] * DAY_SECONDS
    return max(dynamodb._tables[name][HISTORY]["since"], earliest), now


def _answer(answer, table_name):
    """Adds the window to what ministack answers, and gives AWS's name to the error of a table that isn't there."""
    name = dynamodb._normalize_table_name(table_name)
    if name not in dynamodb._tables:
        return dynamodb.error_response_json("TableNotFoundException", f"Table not found: {name}", 400)
    if answer[0] != 200 or not dynamodb._pitr_settings.get(name):
        return answer
    body = json.loads(answer[2])
    recovery = body["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    recovery["RecoveryPeriodInDays"] = dynamodb._pitr_settings[name]
    recovery["EarliestRestorableDateTime"], recovery["LatestRestorableDateTime"] = window(name)
    return dynamodb.json_response(body)


def _restore(data):
    source = dynamodb._normalize_table_name(data.get("SourceTableName") or data.get("SourceTableArn"))
    refused = _refused(source, data)
    if refused:
        return dynamodb.error_response_json(*refused, 400)
    table = dynamodb._tables[source]
    moment = time.time() if data.get("UseLatestRestorableTime") else data["RestoreDateTime"]
    settings = {
        "KeySchema": table["KeySchema"],
        "AttributeDefinitions": table["AttributeDefinitions"],
        "BillingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "ProvisionedThroughput": table.get("ProvisionedThroughput"),
        "OnDemandThroughput": table.get("OnDemandThroughput"),
        "GlobalSecondaryIndexes": table.get("GlobalSecondaryIndexes"),
        "LocalSecondaryIndexes": table.get("LocalSecondaryIndexes"),
        "SSEDescription": table.get("SSEDescription"),
    }
    summary = {"SourceTableArn": table["TableArn"], "RestoreDateTime": moment}
    return restored_tables.restore(data, settings, items_at(table, moment), summary)


def _refused(source, data):
    if source not in dynamodb._tables:
        return "TableNotFoundException", f"Table not found: {source}"
    if not dynamodb._pitr_settings.get(source):
        message = f"Point in time recovery is not enabled for table '{source}'"
        return "PointInTimeRecoveryUnavailableException", message
    if data.get("UseLatestRestorableTime"):
        return None
    if "RestoreDateTime" not in data:
        return "ValidationException", "Either RestoreDateTime or UseLatestRestorableTime must be specified"
    earliest, latest = window(source)
    if not earliest <= data["RestoreDateTime"] <= latest:
        message = "RestoreDateTime must be between EarliestRestorableDateTime and LatestRestorableDateTime"
        return "InvalidRestoreTimeException", f"An invalid restore time was specified. {message}."
    return None
