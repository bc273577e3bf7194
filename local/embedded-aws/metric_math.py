"""Metric math, as alarms use it: numbers, metrics by their id, + - * /, and FILL.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


class UnknownExpression(Exception):
    """The expression has something that is not implemented."""


def value_of(expression, metrics):
    """The value of an expression for one period, or None if it has none: a metric has no data, or it divides by zero.

    `metrics` are the values of the metrics in the period by their id, None without data.
    """
    try:
        return _value(ast.parse(expression, mode="eval").body, metrics)
    except ZeroDivisionError:
        return None


def _value(node, metrics):
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, ast.Name) and node.id in metrics:
        return metrics[node.id]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "FILL" and len(node.args) == 2:
        value, filler = (_value(argument, metrics) for argument in node.args)
        return filler if value is None else value
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        left, right = _value(node.left, metrics), _value(node.right, metrics)
        return None if left is None or right is None else OPERATORS[type(node.op)](left, right)
    raise UnknownExpression(ast.unparse(node))
