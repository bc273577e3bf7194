"""Metrics in the log of a Lambda function, in CloudWatch's embedded metric format.

A line that is one JSON object with `_aws.CloudWatchMetrics` adds to the metrics of the function's account and region.
A document that breaks the specification adds nothing.

Not implemented: documents in PutLogEvents or of custom runtimes, and the metrics EMFParsingErrors and
EMFValidationErrors of the namespace AWS/Logs.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json

from ministack.core import lambda_runtime
from ministack.core.arn import parse_arn
from ministack.core.responses import request_scope

import metric_data

MAXIMUM_DIMENSIONS, MAXIMUM_METRICS, MAXIMUM_VALUES = 30, 100, 100


def embedded_metrics():
    """CloudWatch extracts metrics from the log of a Lambda function.

    ministack doesn't.
    """

    def read_log_corrected(worker):
        for line in worker._proc.stderr:
            worker._stderr_queue.put(line.rstrip("\n"))
            if '"_aws"' in line:
                _add(worker.config["FunctionArn"], line)

    metric_data.keep_while_evicting()
    lambda_runtime.Worker._read_stderr = read_log_corrected


def _add(function_arn, line):
    function = parse_arn(function_arn)
    with request_scope(function.account_id, function.region):
        metric_data.add(_data_in(line))


def _data_in(line):
    """The metric data of a document: namespace, name, dimensions, seconds since 1970, unit and values of each."""
    try:
        document = json.loads(line)
        metadata = document["_aws"]
        return [
            (
                _text(directive["Namespace"]),
                _text(metric["Name"]),
                {name: _text(document[name]) for name in _at_most(MAXIMUM_DIMENSIONS, dimensions)},
                metadata["Timestamp"] / 1000,
                metric.get("Unit", "None"),
                _numbers(document[metric["Name"]]),
            )
            for directive in metadata["CloudWatchMetrics"]
            for dimensions in directive["Dimensions"]
            for metric in _at_most(MAXIMUM_METRICS, directive["Metrics"])
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _text(value):
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _numbers(value):
    return [number + 0.0 for number in _at_most(MAXIMUM_VALUES, value if isinstance(value, list) else [value])]


def _at_most(maximum, items):
    if len(items) > maximum:
        raise ValueError(items)
    return items
