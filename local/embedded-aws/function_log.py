"""Metric data that CloudWatch makes of what Lambda functions log."""

import threading

from ministack.core import lambda_runtime
from ministack.core.arn import parse_arn
from ministack.core.responses import request_scope
from ministack.services import cloudwatch

# The functions' threads add data while another one removes what is old.
_lock = threading.Lock()
_readers = []


def add_metrics(data_in):
    """Adds what `data_in(config, line)` finds in each line that a function with this configuration logs.

    It returns metric data: namespace, name, dimensions, seconds since 1970, unit and values of each; and it is called in
    the function's account and region.
    """
    if not _readers:
        _evict_with_lock()
        lambda_runtime.Worker._read_stderr = _read_log
    _readers.append(data_in)


def _evict_with_lock():
    evict = cloudwatch._evict_old_metrics

    def evict_corrected():
        with _lock:
            evict()

    cloudwatch._evict_old_metrics = evict_corrected


def _read_log(worker):
    for line in worker._proc.stderr:
        worker._stderr_queue.put(line.rstrip("\n"))
        function = parse_arn(worker.config["FunctionArn"])
        with request_scope(function.account_id, function.region):
            _store([datum for data_in in _readers for datum in data_in(worker.config, line)])


def _store(data):
    if not data:
        return
    with _lock:
        for namespace, name, dimensions, timestamp, unit, values in data:
            cloudwatch._store_datum(namespace, name, dimensions, timestamp, unit, None, values, None, None)
    cloudwatch._evaluate_all_alarms()
