"""Metric filters over what a Lambda function logs.

A pattern compares a field of a line that is a JSON object with a number, `{ $.delay >= 0 }`, or with a text,
`{ $.event = "batch" }`. PutMetricFilter refuses what isn't implemented: other patterns, several transformations, and
default values. Lines of PutLogEvents aren't looked at.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html
"""

import json
import operator
import re
import time

from ministack.core.responses import error_response_json
from ministack.services import cloudwatch_logs

import function_log

COMPARISONS = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}
PATTERN = re.compile(r'\{\s*\$\.(\w+)\s*(>=|<=|!=|>|<|=)\s*(-?\d+(?:\.\d+)?|"[^"*%]*")\s*\}')
FIELD = re.compile(r"\$\.(\w+)")
MAXIMUM_FILTERS, MAXIMUM_DIMENSIONS = 100, 3


def metric_filters():
    """CloudWatch Logs makes metrics of what a function logs, by the metric filters of its log group.

    ministack stores metric filters, whatever they are, and does nothing with them.
    """
    put = cloudwatch_logs._put_metric_filter

    def put_corrected(data):
        error, message = _fault(data)
        return error_response_json(error, message, 400) if error else put(data)

    cloudwatch_logs._put_metric_filter = put_corrected
    function_log.add_metrics(_data_in)


def _fault(data):
    """The error of a filter that AWS refuses, or that isn't implemented: its name and message."""
    transformations = data.get("metricTransformations") or []
    transformation = transformations[0] if transformations else {}
    dimensions = transformation.get("dimensions") or {}
    others = [name for group, name in cloudwatch_logs._metric_filters if group == data.get("logGroupName")]
    if data.get("filterName") not in others and len(others) >= MAXIMUM_FILTERS:
        return "LimitExceededException", "Resource limit exceeded."
    if dimensions and "defaultValue" in transformation:
        return "InvalidParameterException", "A metric with dimensions can't have a default value."
    if len(dimensions) > MAXIMUM_DIMENSIONS:
        return "InvalidParameterException", f"A metric can have {MAXIMUM_DIMENSIONS} dimensions at most."
    fields = [transformation.get("metricValue", ""), *dimensions.values()]
    is_known = (
        PATTERN.fullmatch(data.get("filterPattern") or "")
        and len(transformations) == 1
        and "defaultValue" not in transformation
        and all(FIELD.fullmatch(field) for field in fields)
    )
    return (None, None) if is_known else ("InvalidParameterException", "The embedded AWS doesn't know such a filter.")


def _data_in(config, line):
    """The metric data that the filters of a function's log group make of a line."""
    group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
    filters = [one for (name, _), one in list(cloudwatch_logs._metric_filters.items()) if name == group]
    if not filters:
        return []
    try:
        document = json.loads(line)
    except ValueError:
        return []
    return [datum for one in filters for datum in _datum_of(one, document)] if isinstance(document, dict) else []


def _datum_of(metric_filter, document):
    if not _matches(metric_filter["filterPattern"], document):
        return []
    transformation = metric_filter["metricTransformations"][0]
    value = document.get(_field(transformation["metricValue"]))
    dimensions = {
        name: document.get(_field(field)) for name, field in (transformation.get("dimensions") or {}).items()
    }
    if not _is_number(value) or None in dimensions.values():
        return []
    return [
        (
            transformation["metricNamespace"],
            transformation["metricName"],
            {name: str(text) for name, text in dimensions.items()},
            time.time(),
            transformation.get("unit", "None"),
            [value + 0.0],
        )
    ]


def _matches(pattern, document):
    field, comparison, literal = PATTERN.fullmatch(pattern).groups()
    expected, found = json.loads(literal), document.get(field)
    is_comparable = isinstance(found, str) if isinstance(expected, str) else _is_number(found)
    return is_comparable and COMPARISONS[comparison](found, expected)


def _field(reference):
    return FIELD.fullmatch(reference)[1]


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)
