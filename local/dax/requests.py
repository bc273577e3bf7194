"""Requests on the wire, by the number of their method, as the requests that DynamoDB takes."""

from .attribute_values import from_cbor, values_in
from .errors import not_implemented
from .expressions import Expressions

AUTHORIZE_CONNECTION = 1489122155
DEFINE_ATTRIBUTE_LIST = 670678385
DEFINE_ATTRIBUTE_LIST_ID = -1230579644
DEFINE_KEY_SCHEMA = -742646399
ENDPOINTS = 455855874
GET_ITEM = 263244906
PUT_ITEM = -2106490455
DELETE_ITEM = 1013539361
UPDATE_ITEM = 1425579023
QUERY = -931250863

# How many values follow the number of the method.
PARAMETERS = {
    AUTHORIZE_CONNECTION: 5,
    DEFINE_ATTRIBUTE_LIST: 1,
    DEFINE_ATTRIBUTE_LIST_ID: 1,
    DEFINE_KEY_SCHEMA: 1,
    ENDPOINTS: 0,
    GET_ITEM: 3,
    PUT_ITEM: 4,
    DELETE_ITEM: 3,
    UPDATE_ITEM: 3,
    QUERY: 3,
}

# Methods that the client has and this node refuses, and how many values follow.
REFUSED = {
    -697851100: ("BatchGetItem", 2),
    116217951: ("BatchWriteItem", 2),
    -1875390620: ("Scan", 2),
    1866287579: ("TransactGetItems", 4),
    -1160037738: ("TransactWriteItems", 9),
}

RETURNED = {1: "NONE", 2: "ALL_OLD", 3: "UPDATED_OLD", 4: "ALL_NEW", 5: "UPDATED_NEW"}
SELECTED = {1: "ALL_ATTRIBUTES", 2: "ALL_PROJECTED_ATTRIBUTES", 3: "COUNT", 4: "SPECIFIC_ATTRIBUTES"}

# Options by their number: the parameter of DynamoDB's request, and what makes its value.
PROJECTION, CONDITION, UPDATE, START_KEY, FILTER = 0, 4, 8, 9, 10
OPTIONS = {
    2: ("ConsistentRead", bool),
    3: ("ReturnConsumedCapacity", {0: "NONE", 1: "TOTAL", 2: "INDEXES"}.get),
    6: ("ReturnItemCollectionMetrics", {0: "NONE", 1: "SIZE"}.get),
    7: ("ReturnValues", RETURNED.get),
    11: ("IndexName", bytes.decode),
    13: ("Limit", int),
    14: ("ScanIndexForward", bool),
    15: ("Select", SELECTED.get),
}


def single_item(schema, table, key, options):
    """GetItem, DeleteItem or UpdateItem."""
    return {"TableName": table, "Key": schema.decode(key), **_options(schema, options)}


def put(schema, table, key, values, options, attribute_names):
    """PutItem. `attribute_names` finds the names of an attribute list by its id."""
    list_id, *contents = values_in(values)
    attributes = zip(attribute_names(list_id), map(from_cbor, contents), strict=True)
    return {"TableName": table, "Item": {**schema.decode(key), **dict(attributes)}, **_options(schema, options)}


def query(schema, table, key_condition, options):
    """Query."""
    expressions = Expressions()
    condition = {"KeyConditionExpression": expressions.condition(key_condition)}
    return {"TableName": table, **condition, **_options(schema, options, expressions)}


def _options(schema, options, expressions=None):
    expressions, request = expressions or Expressions(), {}
    for number, value in (options or {}).items():
        if number in OPTIONS:
            name, read = OPTIONS[number]
            request[name] = read(value)
        elif number == CONDITION:
            request["ConditionExpression"] = expressions.condition(value)
        elif number == FILTER:
            request["FilterExpression"] = expressions.condition(value)
        elif number == UPDATE:
            request["UpdateExpression"] = expressions.update(value)
        elif number == START_KEY:
            request["ExclusiveStartKey"] = _start_key(schema, value, "IndexName" in request)
        else:
            raise not_implemented("ProjectionExpression" if number == PROJECTION else f"Option {number} of a request")
    if expressions.names:
        request["ExpressionAttributeNames"] = expressions.names
    if expressions.values:
        request["ExpressionAttributeValues"] = expressions.values
    return request


def _start_key(schema, encoded, of_index):
    if not of_index:
        return schema.decode(encoded)
    (key,) = values_in(encoded)
    return {name: from_cbor(value) for name, value in key.items()}
