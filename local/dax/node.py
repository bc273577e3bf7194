"""What a DAX node does with a request: it answers from its caches, or asks DynamoDB.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.concepts.html#DAX.concepts.request-processing
"""

import json
import time

from botocore.exceptions import ClientError

from .caches import Cache
from .errors import dynamodb_error
from .keys import KeySchema

DEFAULT_TIME_TO_LIVE = 300_000

# Parameters that don't change what a query finds.
NOT_IN_KEY = ("ReturnConsumedCapacity",)


class Node:
    """Caches items and queries of the tables that a DynamoDB client reads.

    `database` is a client of botocore with the permissions of the cluster's role. `parameters` returns the parameter
    group, by name. `count` is called with the name of a metric and its value.
    """

    def __init__(self, database, parameters=dict, count=lambda name, value: None):
        self._database, self.count = database, count
        self._items = Cache(lambda: int(parameters().get("record-ttl-millis", DEFAULT_TIME_TO_LIVE)))
        self._queries = Cache(lambda: int(parameters().get("query-ttl-millis", DEFAULT_TIME_TO_LIVE)))
        self._schemas = {}

    def schema(self, table):
        """The key schema of a table."""
        if table not in self._schemas:
            described = self._ask("describe_table", {"TableName": table})["Table"]
            types = {a["AttributeName"]: a["AttributeType"] for a in described["AttributeDefinitions"]}
            names = [key["AttributeName"] for key in sorted(described["KeySchema"], key=lambda key: key["KeyType"])]
            self._schemas[table] = KeySchema([(name, types[name]) for name in names])
        return self._schemas[table]

    def get_item(self, request):
        """From the item cache, unless it is to be consistent."""
        if request.get("ConsistentRead"):
            return self._ask("get_item", request)
        return self._through(self._items, "Item", self._item_key(request["TableName"], request["Key"]), "get_item", request)

    def query(self, request):
        """From the query cache, unless it is to be consistent. The items it finds are not in the item cache."""
        if request.get("ConsistentRead"):
            return self._ask("query", request)
        parameters = {name: value for name, value in request.items() if name not in NOT_IN_KEY}
        return self._through(self._queries, "Query", json.dumps(parameters, sort_keys=True, default=repr), "query", request)

    def put_item(self, request):
        """Into the table first, and then into the item cache. No result of a query is changed."""
        asked = time.monotonic()
        answer = self._write_and_forget("put_item", request, request["Item"])
        self._items.write(self._item_key(request["TableName"], request["Item"]), {"Item": request["Item"]}, asked)
        return answer

    def delete_item(self, request):
        """From the table first; the next GetItem asks the table."""
        return self._write_and_forget("delete_item", request, request["Key"])

    def update_item(self, request):
        """In the table first; the next GetItem asks the table, where DAX would keep the item."""
        return self._write_and_forget("update_item", request, request["Key"])

    def _through(self, cache, name, key, operation, request):
        found = cache.get(key)
        self.count(f"{name}Cache{'Misses' if found is None else 'Hits'}", 1)
        if found is not None:
            return found[0]
        asked = time.monotonic()
        answer = self._ask(operation, request)
        # A hit consumes nothing.
        cache.fill(key, {name: value for name, value in answer.items() if name != "ConsumedCapacity"}, asked)
        return answer

    def _write_and_forget(self, operation, request, item):
        key = self._item_key(request["TableName"], item)
        try:
            return self._ask(operation, request)
        finally:
            # It may have been written though it failed.
            self._items.remove(key)

    def _item_key(self, table, item):
        return table, self.schema(table).encode(item)

    def _ask(self, operation, request):
        try:
            answer = getattr(self._database, operation)(**request)
        except ClientError as error:
            details, metadata = error.response["Error"], error.response["ResponseMetadata"]
            raise dynamodb_error(details["Code"], details["Message"], metadata["HTTPStatusCode"]) from error
        except Exception as error:
            raise dynamodb_error("InternalServerError", f"DynamoDB can't be asked: {error}", 500) from error
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}
