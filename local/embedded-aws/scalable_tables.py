"""The capacity of DynamoDB tables and global secondary indexes, as Application Auto Scaling names and sets it.

https://docs.aws.amazon.com/autoscaling/application/userguide/services-that-can-integrate-dynamodb.html
"""

import json
import re
from dataclasses import dataclass

from ministack.core.responses import get_account_id, get_region
from ministack.services import dynamodb

import metric_data
import table_metrics

RESOURCE_ID = re.compile(r"table/(?P<table>[\w.-]+)(/index/(?P<index>[\w.-]+))?")
DIMENSION = re.compile(r"dynamodb:(?P<part>table|index):(?P<kind>Read|Write)CapacityUnits")


@dataclass(frozen=True)
class Scalable:
    """The read or write capacity of a table or an index."""

    table: str
    index: str | None
    kind: str

    @property
    def arn(self):
        return f"arn:aws:dynamodb:{get_region()}:{get_account_id()}:table/{self.table}"

    @property
    def metric(self):
        """The predefined metric that a policy tracks."""
        return f"DynamoDB{self.kind}CapacityUtilization"

    def fault(self):
        """Why it can't be scaled, or None."""
        table = dynamodb._tables.get(self.table)
        if table is None:
            return f"DynamoDB table does not exist: {self.table}"
        if self.index and self._index() is None:
            return f"DynamoDB table {self.table} has no global secondary index {self.index}"
        if table_metrics.is_on_demand(table):
            return f"DynamoDB table {self.table} is in on-demand mode, and has no provisioned capacity to scale"
        return None

    def capacity(self):
        """The provisioned units."""
        return self._throughput()[f"{self.kind}CapacityUnits"]

    def set_capacity(self, units):
        """Provisions units. Returns why that failed, or None."""
        throughput = {unit: self._throughput()[unit] for unit in ("ReadCapacityUnits", "WriteCapacityUnits")}
        throughput[f"{self.kind}CapacityUnits"] = units
        change = {"ProvisionedThroughput": throughput}
        if self.index:
            change = {"GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": self.index, **change}}]}
        status, _headers, body = dynamodb._update_table({"TableName": self.table, **change})
        return None if status == 200 else json.loads(body)["message"]

    def consumed_per_second(self, instant):
        """The units consumed in the minute of this instant, or in the one before if those are more; None without data."""
        dimensions = table_metrics.dimensions_of(self.table, self.index)
        name = f"Consumed{self.kind}CapacityUnits"
        minutes = [
            metric_data.sum_in_minute(table_metrics.NAMESPACE, name, dimensions, time)
            for time in (instant, instant - metric_data.PERIOD_SECONDS)
        ]
        return max((units / metric_data.PERIOD_SECONDS for units in minutes if units is not None), default=None)

    def _index(self):
        indexes = dynamodb._tables[self.table].get("GlobalSecondaryIndexes") or []
        return next((index for index in indexes if index["IndexName"] == self.index), None)

    def _throughput(self):
        return (self._index() if self.index else dynamodb._tables[self.table])["ProvisionedThroughput"]


def scalable(resource_id, dimension):
    """Finds what a resource id and a dimension name. Raises ValueError if one is malformed or they don't fit."""
    resource, scaled = RESOURCE_ID.fullmatch(resource_id), DIMENSION.fullmatch(dimension)
    if not scaled:
        raise ValueError(f"Unsupported scalable dimension for service namespace dynamodb: {dimension}")
    if not resource or bool(resource["index"]) != (scaled["part"] == "index"):
        raise ValueError(f"Unsupported resource ID for scalable dimension {dimension}: {resource_id}")
    return Scalable(resource["table"], resource["index"], scaled["kind"])
