"""Responses on the wire: an empty array and then the result, or an error."""

import cbor2

from .attribute_values import to_cbor

SUCCESS = cbor2.dumps([])

ITEM, CONSUMED_CAPACITY, ATTRIBUTES, ITEMS, COUNT, LAST_KEY, SCANNED_COUNT = 0, 1, 2, 7, 8, 9, 10


def success(result):
    """A response with a result, as what CBOR encodes."""
    return SUCCESS + cbor2.dumps(result)


def failure(error):
    """The response for a DaxError."""
    return b"".join(map(cbor2.dumps, [list(error.codes), error.message, [None, error.name, error.status]]))


class Encoder:
    """Encodes what DynamoDB answers for one table.

    `list_id` finds the id of a list of attribute names.
    """

    def __init__(self, schema, list_id):
        self._schema, self._list_id = schema, list_id

    def item(self, answer):
        """GetItem."""
        item = answer.get("Item")
        return {**({} if item is None else {ITEM: self._attributes(item)}), **_capacity(answer)}

    def written(self, answer):
        """PutItem, DeleteItem or UpdateItem."""
        attributes = answer.get("Attributes")
        return {**({ATTRIBUTES: self._attributes(attributes)} if attributes else {}), **_capacity(answer)}

    def items(self, answer, of_index):
        """Query."""
        result = {COUNT: answer["Count"], SCANNED_COUNT: answer["ScannedCount"], **_capacity(answer)}
        if "Items" in answer:
            result[ITEMS] = [[self._schema.encode(item), self._attributes(item)] for item in answer["Items"]]
        last = answer.get("LastEvaluatedKey")
        if last:
            result[LAST_KEY] = _named(last) if of_index else self._schema.encode(last)
        return result

    def _attributes(self, item):
        others = self._schema.without_key(item)
        names = tuple(sorted(others))
        values = [self._list_id(names), *(to_cbor(others[name]) for name in names)]
        return b"".join(map(cbor2.dumps, values))


def _named(key):
    return cbor2.dumps({name: to_cbor(value) for name, value in key.items()})


def _capacity(answer):
    consumed = answer.get("ConsumedCapacity")
    if not consumed:
        return {}
    # The units of the table and of the indexes are not told apart.
    values = [consumed["TableName"], consumed["CapacityUnits"], None, None, None]
    return {CONSUMED_CAPACITY: b"".join(map(cbor2.dumps, values))}
