"""DynamoDB's attribute values on the wire: CBOR, with tags for sets and, in paths, for the elements of a list."""

import io
from decimal import Decimal

import cbor2

SETS = {3321: "SS", 3322: "NS", 3323: "BS"}
SET_TAGS = {kind: tag for tag, kind in SETS.items()}


def to_cbor(value):
    """An attribute value, such as {"S": "text"}, as what CBOR encodes."""
    ((kind, content),) = value.items()
    if kind in ("S", "B", "BOOL"):
        return content
    if kind == "N":
        return _number(content)
    if kind == "NULL":
        return None
    if kind == "L":
        return [to_cbor(element) for element in content]
    if kind == "M":
        return {name: to_cbor(element) for name, element in content.items()}
    return cbor2.CBORTag(SET_TAGS[kind], [_number(element) if kind == "NS" else element for element in content])


def from_cbor(value):
    """The attribute value that CBOR has decoded."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, (int, float, Decimal)):
        return {"N": str(value)}
    if isinstance(value, cbor2.CBORTag):
        kind = SETS[value.tag]
        return {kind: [str(element) if kind == "NS" else element for element in value.value]}
    if isinstance(value, dict):
        return {"M": {name: from_cbor(element) for name, element in value.items()}}
    return {"L": [from_cbor(element) for element in value]}


def values_in(encoded):
    """The values that follow each other in bytes, without a header."""
    decoder, values = cbor2.CBORDecoder(io.BytesIO(encoded)), []
    while True:
        try:
            values.append(decoder.decode())
        except cbor2.CBORDecodeEOF:
            return values


def _number(text):
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() and number.adjusted() < 38 else number
