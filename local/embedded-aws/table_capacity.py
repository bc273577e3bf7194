"""UpdateTable of the capacity of global secondary indexes.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-switching-capacity-modes.html
"""

from ministack.services import dynamodb

import table_metrics


def index_capacity():
    """In on-demand mode, an index has no provisioned capacity; in provisioned mode, the table and each index have some.

    In ministack, an index keeps its units when the table goes to on-demand mode, none are needed to go back, and an
    index's maxima in on-demand mode can't be changed.
    """
    update = dynamodb._update_table

    def update_corrected(data):
        name = dynamodb._normalize_table_name(data.get("TableName"))
        fault = _lacks_capacity(dynamodb._tables.get(name), data)
        if fault:
            message = f"One or more parameter values were invalid: ProvisionedThroughput must be specified for {fault}"
            return dynamodb.error_response_json("ValidationException", message, 400)
        answer = update(data)
        if answer[0] != 200:
            return answer
        indexes = {index["IndexName"]: index for index in dynamodb._tables[name].get("GlobalSecondaryIndexes") or []}
        if data.get("BillingMode") == "PAY_PER_REQUEST":
            for index in indexes.values():
                index["ProvisionedThroughput"] = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
        for change in _index_changes(data):
            if "OnDemandThroughput" in change:
                index = indexes[change["IndexName"]]
                index["OnDemandThroughput"] = {**index.get("OnDemandThroughput", {}), **change["OnDemandThroughput"]}
        return dynamodb.json_response({"TableDescription": dynamodb._table_description(name)})

    dynamodb._update_table = update_corrected


def _lacks_capacity(table, data):
    """What would have no capacity after a change from on-demand to provisioned mode, or None."""
    if data.get("BillingMode") != "PROVISIONED" or not table or not table_metrics.is_on_demand(table):
        return None
    if "ProvisionedThroughput" not in data:
        return f"table: {table['TableName']}"
    given = {change["IndexName"] for change in _index_changes(data) if "ProvisionedThroughput" in change}
    names = [index["IndexName"] for index in table.get("GlobalSecondaryIndexes") or []]
    return next((f"index: {name}" for name in names if name not in given), None)


def _index_changes(data):
    return [change["Update"] for change in data.get("GlobalSecondaryIndexUpdates") or [] if "Update" in change]
