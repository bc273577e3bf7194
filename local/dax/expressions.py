"""Expressions on the wire: trees of numbered functions, which are written as DynamoDB's expressions again."""

import cbor2

from .attribute_values import from_cbor
from .errors import not_implemented

COMPARATORS = {0: "=", 1: "<>", 2: "<", 3: ">=", 4: ">", 5: "<="}
JOINED = {6: "AND", 7: "OR"}
NOT, BETWEEN, IN = 8, 9, 10
FUNCTIONS = {
    11: "attribute_exists",
    12: "attribute_not_exists",
    13: "attribute_type",
    14: "begins_with",
    15: "contains",
    16: "size",
    23: "if_not_exists",
    24: "list_append",
}
VARIABLE, PATH = 17, 18
ACTIONS = {19: "SET", 20: "ADD", 21: "DELETE", 22: "REMOVE"}
OPERATORS = {25: "+", 26: "-"}

FORMAT = 1


class Expressions:
    """Writes the expressions of one request.

    `names` and `values` are its ExpressionAttributeNames and ExpressionAttributeValues.
    """

    def __init__(self):
        self.names, self.values = {}, {}

    def condition(self, encoded):
        """A condition, a filter or a key condition."""
        return self._writer(encoded)(_decoded(encoded)[1])

    def update(self, encoded):
        """An update expression."""
        write, clauses = self._writer(encoded), {}
        for function, path, *operand in _decoded(encoded)[1]:
            between = " = " if ACTIONS[function] == "SET" else " "
            text = between.join([write(path), *map(write, operand)])
            clauses.setdefault(ACTIONS[function], []).append(text)
        return " ".join(f"{action} {', '.join(texts)}" for action, texts in clauses.items())

    def _writer(self, encoded):
        variables = {}
        for number, value in enumerate(_decoded(encoded)[2]):
            variables[number] = f":v{len(self.values)}"
            self.values[variables[number]] = from_cbor(value)

        def write(tree):
            function, *operands = tree
            if function == VARIABLE:
                return variables[operands[0]]
            if function == PATH:
                return self._path(operands)
            if function == IN:
                return f"{write(operands[0])} IN ({', '.join(map(write, operands[1]))})"
            written = [write(operand) for operand in operands]
            if function in FUNCTIONS:
                return f"{FUNCTIONS[function]}({', '.join(written)})"
            if function in COMPARATORS or function in OPERATORS:
                return f" {(COMPARATORS | OPERATORS)[function]} ".join(written)
            if function == BETWEEN:
                return "{} BETWEEN {} AND {}".format(*written)
            if function == NOT:
                return f"(NOT {written[0]})"
            return f"({written[0]} {JOINED[function]} {written[1]})"

        return write

    def _path(self, elements):
        path = ""
        for element in elements:
            if isinstance(element, cbor2.CBORTag):
                path += f"[{element.value}]"
            else:
                name = next((name for name, of in self.names.items() if of == element), f"#n{len(self.names)}")
                self.names[name] = element
                path += f".{name}" if path else name
        return path


def _decoded(encoded):
    decoded = cbor2.loads(encoded)
    if decoded[0] != FORMAT:
        raise not_implemented(f"Format {decoded[0]} of an expression")
    return decoded
