"""Keys on the wire: the partition key, as CBOR where a sort key follows, and then the bytes of the sort key."""

import io

import cbor2

from .errors import not_implemented


class KeySchema:
    """The key attributes of a table.

    `attributes` are pairs of a name and a type, the partition key first. Numbers as keys are not implemented: DAX has an
    encoding of its own for them.
    """

    def __init__(self, attributes):
        self.attributes = attributes
        if any(kind == "N" for _name, kind in attributes):
            raise not_implemented("A key that is a number")

    def encode(self, item):
        """The key of an item."""
        *partition, last = ((item[name][kind], kind) for name, kind in self.attributes)
        return b"".join([*(cbor2.dumps(content) for content, _kind in partition), _bytes(*last)])

    def decode(self, encoded):
        """The key's attributes."""
        contents = []
        if len(self.attributes) == 2:
            stream = io.BytesIO(encoded)
            contents.append(cbor2.CBORDecoder(stream).decode())
            encoded = encoded[stream.tell():]
        contents.append(encoded.decode() if self.attributes[-1][1] == "S" else encoded)
        return {name: {kind: content} for (name, kind), content in zip(self.attributes, contents)}

    def without_key(self, item):
        """The other attributes of an item."""
        names = [name for name, _kind in self.attributes]
        return {name: value for name, value in item.items() if name not in names}


def _bytes(content, kind):
    return content.encode() if kind == "S" else content
