"""Metric data that CloudWatch makes of what Lambda functions log."""

from ministack.core import lambda_runtime
from ministack.core.arn import parse_arn
from ministack.core.responses import request_scope

import metric_data

_readers = []


def add_metrics(data_in):
    """Adds the metric data that `data_in(config, line)` finds in each line that a function with this configuration logs.

    It is called in the function's account and region.
    """
    if not _readers:
        metric_data.keep_while_evicting()
        lambda_runtime.Worker._read_stderr = _read_log
    _readers.append(data_in)


def _read_log(worker):
    for line in worker._proc.stderr:
        worker._stderr_queue.put(line.rstrip("\n"))
        function = parse_arn(worker.config["FunctionArn"])
        with request_scope(function.account_id, function.region):
            data = [datum for data_in in _readers for datum in data_in(worker.config, line)]
            if data:
                metric_data.add(data)
