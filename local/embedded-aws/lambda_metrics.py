"""The metrics of Lambda functions and of their event source mappings on DynamoDB streams.

A function has Invocations, Errors, Duration and Throttles, and IteratorAge and DestinationDeliveryFailures if a stream
invokes it. An event source mapping whose MetricsConfig asks for EventCount has the counts of its events.

Not implemented: dimensions other than FunctionName and EventSourceMappingUUID, the metrics of concurrency, of
asynchronous invocations and of other event sources.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

import time

from ministack.services import lambda_svc

import metric_data

NAMESPACE = "AWS/Lambda"


def lambda_metrics():
    """Each execution of a function adds to its metrics, and so do the batches of a stream.

    ministack adds those of the Invoke API only, two for a request that it throttles, and no IteratorAge.
    """
    metric_data.keep_while_evicting()
    dispatch, acquire = lambda_svc._execute_function_dispatch, lambda_svc._acquire_execution_slot

    def dispatch_counted(function, config, event, request_id, started):
        begun = time.time()
        result = dispatch(function, config, event, request_id, started)
        counts = {"Invocations": 1, "Errors": 1 if result.get("error") else 0, "Throttles": 0}
        add_to_function(config["FunctionName"], counts, {"Duration": (time.time() - begun) * 1000})
        return result

    def acquire_counted(function, config):
        slot, limit = acquire(function, config)
        if slot is None:
            add_to_function(config["FunctionName"], {"Throttles": 1})
        return slot, limit

    lambda_svc._execute_function_dispatch = dispatch_counted
    lambda_svc._acquire_execution_slot = acquire_counted
    lambda_svc._emit_lambda_metrics = lambda *_arguments, **_names: None


def add_to_function(name, counts, milliseconds=None):
    _add({"FunctionName": name}, counts, milliseconds or {})


def add_iterator_age(mapping, records):
    """Adds the age of the last record of a batch that is sent to the function."""
    age = max(0, time.time() - records[-1]["dynamodb"]["ApproximateCreationDateTime"]) * 1000
    add_to_function(mapping["FunctionName"], {}, {"IteratorAge": age})


def add_to_mapping(mapping, counts):
    """Adds numbers of events to the metrics of an event source mapping that asks for them."""
    if "EventCount" in ((mapping.get("MetricsConfig") or {}).get("Metrics") or []):
        _add({"EventSourceMappingUUID": mapping["UUID"]}, counts, {})


def add_delivery_failure(mapping):
    """Counts a batch that was given up and couldn't be sent to the mapping's on-failure destination."""
    add_to_function(mapping["FunctionName"], {"DestinationDeliveryFailures": 1})


def _add(dimensions, counts, milliseconds):
    now = time.time()
    metric_data.add(
        (NAMESPACE, name, dimensions, now, unit, [value])
        for unit, values in (("Count", counts), ("Milliseconds", milliseconds))
        for name, value in values.items()
    )
