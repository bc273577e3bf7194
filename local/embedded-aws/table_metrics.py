"""The metrics of DynamoDB tables and their global secondary indexes.

ConsumedReadCapacityUnits and ConsumedWriteCapacityUnits are what a request's ConsumedCapacity says, whether the request
asks for it or not. ProvisionedReadCapacityUnits and ProvisionedWriteCapacityUnits are added whenever CloudWatch is
asked for anything, while AWS adds them every minute.

Not implemented: the consumption of BatchGetItem, TransactGetItems and PartiQL statements, which ministack doesn't count
right, of writes whose condition fails, and of replicas; every other metric. Nothing is throttled here.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
"""

import json

from ministack.services import dynamodb

import metric_data

NAMESPACE = "AWS/DynamoDB"
READS = ("_get_item", "_query", "_scan")
WRITES = ("_put_item", "_update_item", "_delete_item", "_batch_write_item", "_transact_write_items")


def table_metrics():
    """CloudWatch has the consumed and provisioned capacity of tables and of global secondary indexes.

    ministack adds no metric of DynamoDB.
    """
    metric_data.keep_while_evicting()
    for kind, operations in {"Read": READS, "Write": WRITES}.items():
        for operation in operations:
            setattr(dynamodb, operation, _counted(getattr(dynamodb, operation), kind))
    metric_data.sample(_add_provisioned)


def dimensions_of(table, index=None):
    return {"TableName": table, **({"GlobalSecondaryIndexName": index} if index else {})}


def _counted(operation, kind):
    def operation_counted(data):
        asked = data.get("ReturnConsumedCapacity") or "NONE"
        if asked not in ("NONE", "TOTAL", "INDEXES"):
            return operation(data)
        answer = operation({**data, "ReturnConsumedCapacity": "INDEXES"})
        if answer[0] != 200:
            return answer
        result = json.loads(answer[2])
        capacities = result.pop("ConsumedCapacity", None)
        for capacity in capacities if isinstance(capacities, list) else [capacities] if capacities else []:
            _add_consumed(capacity, kind)
            if asked == "TOTAL":
                for detail in ("Table", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
                    capacity.pop(detail, None)
        if capacities and asked != "NONE":
            result["ConsumedCapacity"] = capacities
        return dynamodb.json_response(result)

    return operation_counted


def _add_consumed(capacity, kind):
    """Adds what a table and its indexes consumed. A repeated transaction reads what the first one wrote."""
    if "ReadCapacityUnits" in capacity:
        kind = "Read"
    table = dynamodb._normalize_table_name(capacity["TableName"])
    indexes = capacity.get("GlobalSecondaryIndexes") or {}
    of_indexes = {index: units["CapacityUnits"] for index, units in indexes.items()}
    for index, units in {None: capacity["CapacityUnits"] - sum(of_indexes.values()), **of_indexes}.items():
        if units:
            name = f"Consumed{kind}CapacityUnits"
            metric_data.aggregate(NAMESPACE, name, dimensions_of(table, index), "Count", units)


def _add_provisioned():
    for name, table in dynamodb._tables.items():
        indexes = {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes") or []}
        for index, provisioned in {None: table, **indexes}.items():
            for kind in ("Read", "Write"):
                units = (provisioned.get("ProvisionedThroughput") or {}).get(f"{kind}CapacityUnits")
                if units and not is_on_demand(table):
                    metric = f"Provisioned{kind}CapacityUnits"
                    metric_data.aggregate(NAMESPACE, metric, dimensions_of(name, index), "Count", units)


def is_on_demand(table):
    return (table.get("BillingModeSummary") or {}).get("BillingMode") == "PAY_PER_REQUEST"
