"""Metric data that services of the embedded AWS add to CloudWatch, in the current account and region."""

import threading
import time

from ministack.services import cloudwatch

PERIOD_SECONDS = 60

# Threads of functions and of streams add data while another one removes what is old.
_lock = threading.Lock()
_evict = cloudwatch._evict_old_metrics


def keep_while_evicting():
    """No datum is lost that a thread adds while old data are removed. Needed by every correction that adds data."""

    def evict_corrected():
        with _lock:
            _evict()

    cloudwatch._evict_old_metrics = evict_corrected


def sample(add_values):
    """Calls a function that adds values whenever CloudWatch is asked for anything."""
    handle = cloudwatch.handle_request

    async def handle_corrected(*request):
        add_values()
        return await handle(*request)

    cloudwatch.handle_request = handle_corrected


def add(data):
    """Adds data as they are, and evaluates the alarms.

    `data` are tuples: namespace, name, dimensions, seconds since 1970, unit and values of each.
    """
    with _lock:
        for namespace, name, dimensions, timestamp, unit, values in data:
            cloudwatch._store_datum(namespace, name, dimensions, timestamp, unit, None, values, None, None)
    cloudwatch._evaluate_all_alarms()


def aggregate(namespace, name, dimensions, unit, value):
    """Adds a value to the statistic set of the current minute, as AWS aggregates the metrics of its services.

    The alarms are evaluated when a minute begins, and when they are described.
    """
    minute = time.time() // PERIOD_SECONDS * PERIOD_SECONDS
    with _lock:
        points = cloudwatch._metric_bucket((namespace, name, cloudwatch._dims_key(dimensions)))
        begins = not points or points[-1]["Timestamp"] != minute or "_stat" not in points[-1]
        if begins:
            statistics = {"SampleCount": 0, "Sum": 0, "Minimum": value, "Maximum": value}
            points.append({"Timestamp": minute, "Unit": unit, "Dimensions": dimensions, "_stat": statistics})
        point = points[-1]
        statistics = point["_stat"]
        point["_stat"] = {
            "SampleCount": statistics["SampleCount"] + 1,
            "Sum": statistics["Sum"] + value,
            "Minimum": min(statistics["Minimum"], value),
            "Maximum": max(statistics["Maximum"], value),
        }
        point["Value"] = point["_stat"]["Sum"] / point["_stat"]["SampleCount"]
    if begins:
        cloudwatch._evaluate_all_alarms()


def sum_in_minute(namespace, name, dimensions, instant):
    """The sum of the data in the minute of this instant, or None if there are none."""
    minute = instant // PERIOD_SECONDS
    points = cloudwatch._metrics.get((namespace, name, cloudwatch._dims_key(dimensions))) or []
    return cloudwatch._calc_stats([p for p in points if p["Timestamp"] // PERIOD_SECONDS == minute]).get("Sum")
