"""Event source mappings of DynamoDB streams, as AWS documents them.

A mapping has as many lanes as its ParallelizationFactor. Each partition key belongs to one lane. A lane has its own
thread, in which it invokes the function with one batch after the other, in order. A failed batch is retried before
the next batch, until it succeeds or is discarded and sent to the on-failure destination.

Not implemented: tumbling windows, the 6 MB limit of a batch, on-failure destinations other than SQS and SNS.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
"""

import json
import os
import threading
import time
import uuid
import zlib
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

from ministack.core.arn import parse_arn
from ministack.core.lambda_runtime import execution_credentials
from ministack.core.responses import request_scope
from ministack.services import dynamodb, dynamodb_streams, lambda_svc

import lambda_metrics

MAXIMUM_RECORDS_PER_READ = 10_000
RETENTION_SECONDS = 24 * 60 * 60
MINIMUM_BACKOFF_SECONDS, MAXIMUM_BACKOFF_SECONDS = 0.1, 2.0


@dataclass
class Batch:
    """Records of one invocation. A bisection adds to the invocations but not to the retries."""

    records: list
    invocations: int = 0
    retries: int = 0


@dataclass
class Lane:
    """The batches to process, in order, and the records that wait to become a batch."""

    batches: list = field(default_factory=list)
    waiting: deque = field(default_factory=deque)
    waiting_since: float = 0.0
    not_before: float = 0.0
    busy: bool = False


_lanes: dict[tuple[str, str, str], list[Lane]] = {}


def poll():
    """Reads the new records of every mapping, and starts each lane that has a batch.

    Returns whether it started any. Replaces lambda_svc._poll_dynamodb_streams, which ministack calls repeatedly.
    """
    started = False
    existing = set()
    for account, region, mapping in lambda_svc._iter_all_esms():
        key = (account, region, mapping["UUID"])
        existing.add(key)
        with request_scope(account, region):
            table_name = _source_table(mapping)
            if table_name is None or not mapping.get("Enabled", True):
                continue
            lanes = _lanes_of(key, mapping)
            _read(mapping, table_name, lanes)
            for lane in lanes:
                if not lane.busy and _is_due(lane, mapping):
                    lane.busy = started = True
                    lambda_svc.spawn_background(_process, mapping, lane, thread_name="stream-lane")
    for key in _lanes.keys() - existing:
        del _lanes[key]
    return started


def _source_table(mapping):
    """The name of the mapping's table, or None if the mapping doesn't read the table's current stream."""
    source = mapping.get("EventSourceArn", "")
    if not source.startswith("arn:aws:dynamodb:"):
        return None
    table_stream = lambda_svc._dynamodb_stream_table_from_arn_spec(parse_arn(source))
    if table_stream is None:
        return None
    table = dynamodb._tables.get(table_stream[0])
    return table_stream[0] if table and table.get("LatestStreamArn") == source else None


def _lanes_of(key, mapping):
    """The mapping's lanes. A changed ParallelizationFactor takes effect when all lanes are empty."""
    count = mapping.get("ParallelizationFactor") or 1
    lanes = _lanes.get(key, [])
    if len(lanes) != count and not any(lane.batches or lane.waiting for lane in lanes):
        lanes = _lanes[key] = [Lane() for _ in range(count)]
    return lanes


def _read(mapping, table_name, lanes):
    """Adds the stream's new records that match the mapping's filter to the lanes of their partition keys."""
    positions = lambda_svc._dynamodb_stream_positions
    lambda_svc._init_stream_position(mapping["UUID"], mapping["EventSourceArn"], mapping.get("StartingPosition"))
    with lambda_svc._dynamodb_stream_positions_lock:
        start = max(positions[mapping["UUID"]], dynamodb.stream_start_position(table_name))
        records = dynamodb.stream_records_since(table_name, start, MAXIMUM_RECORDS_PER_READ)
        positions[mapping["UUID"]] = start + len(records)
    partition_key = dynamodb._tables[table_name]["pk_name"]
    matching = lambda_svc._apply_filter_criteria(records, mapping)
    if records:
        counts = {"PolledEventCount": len(records), "FilteredOutEventCount": len(records) - len(matching)}
        lambda_metrics.add_to_mapping(mapping, counts)
    for record in matching:
        value = json.dumps(record["dynamodb"]["Keys"].get(partition_key), sort_keys=True, default=str)
        lane = lanes[zlib.crc32(value.encode()) % len(lanes)]
        if not lane.waiting:
            lane.waiting_since = time.time()
            _poll_after(mapping.get("MaximumBatchingWindowInSeconds") or 0)
        lane.waiting.append(record)


def _is_due(lane, mapping):
    """Whether the lane has a batch now: a batch to retry, a full batch, or one whose batching window has ended."""
    now = time.time()
    if now < lane.not_before:
        return False
    window = mapping.get("MaximumBatchingWindowInSeconds") or 0
    is_complete = len(lane.waiting) >= _batch_size(mapping) or now >= lane.waiting_since + window
    return bool(lane.batches or (lane.waiting and is_complete))


def _batch_size(mapping):
    return mapping.get("BatchSize") or 100


def _poll_after(seconds):
    if seconds > 0:
        timer = threading.Timer(seconds, lambda_svc.esm_wake.set)
        timer.daemon = True
        timer.start()


def _process(mapping, lane):
    """Invokes the function with the lane's batches until none is due. Runs in the lane's thread."""
    try:
        while mapping.get("Enabled", True) and mapping["State"] != "Deleting" and _is_due(lane, mapping):
            if not lane.batches:
                size = min(_batch_size(mapping), len(lane.waiting))
                lane.batches.append(Batch([lane.waiting.popleft() for _ in range(size)]))
                lane.waiting_since = time.time()
                if lane.waiting:
                    _poll_after(mapping.get("MaximumBatchingWindowInSeconds") or 0)
            lane.batches[:1] = _invoke(mapping, lane, lane.batches[0])
    finally:
        lane.busy = False
        lambda_svc.esm_wake.set()


def _invoke(mapping, lane, batch):
    """Invokes the function with a batch. Returns the batches that replace it, in order; none if it is done."""
    function, _config = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
    if function is None:
        _back_off(lane, MAXIMUM_BACKOFF_SECONDS)
        return [batch]
    batch = _discard_expired(mapping, function, batch)
    if not batch.records:
        return []

    lambda_metrics.add_iterator_age(mapping, batch.records)
    result = lambda_svc._execute_function(function, {"Records": batch.records})
    if result.get("throttle"):  # not invoked, so this doesn't count as a retry
        _back_off(lane, MAXIMUM_BACKOFF_SECONDS)
        return [batch]
    batch = replace(batch, invocations=batch.invocations + 1)
    failed_from = _first_failure(mapping, batch.records, result)
    failed = 0 if failed_from is None else len(batch.records) - failed_from
    counts = {"InvokedEventCount": len(batch.records), "FailedInvokeEventCount": failed}
    lambda_metrics.add_to_mapping(mapping, counts)
    if failed_from is None:
        mapping["LastProcessingResult"] = "OK"
        return []
    mapping["LastProcessingResult"] = "PROBLEM: Function call failed"
    lambda_svc.logger.warning("%s: batch failed from record %d of %d\n%s", mapping["FunctionName"], failed_from + 1,
                              len(batch.records), result.get("log", ""))
    return _batches_to_retry(mapping, lane, function, batch, failed_from, result)


def _first_failure(mapping, records, result):
    """The index of the first failed record, or None if the batch succeeded.

    Without ReportBatchItemFailures, only an error is a failure, of the whole batch. With it, the record with the lowest
    sequence number in batchItemFailures is the first failure. An empty or missing list means success; an unknown
    sequence number means failure of the whole batch.
    """
    if result.get("error"):
        return 0
    if "ReportBatchItemFailures" not in (mapping.get("FunctionResponseTypes") or []):
        return None
    response = result.get("body")
    failures = response.get("batchItemFailures") if isinstance(response, dict) else None
    if not failures:
        return None
    indexes = {record["dynamodb"]["SequenceNumber"]: index for index, record in enumerate(records)}
    try:
        return min(indexes[failure["itemIdentifier"]] for failure in failures)
    except (KeyError, TypeError):
        return 0


def _batches_to_retry(mapping, lane, function, batch, failed_from, result):
    """The batches that replace a failed batch, in order.

    The records before the first failure are done. With BisectBatchOnFunctionError, the batch is split at the reported
    record, or in the middle if that is the first record; a split doesn't count as a retry.
    """
    rest = replace(batch, records=batch.records[failed_from:])
    if mapping.get("BisectBatchOnFunctionError"):
        middle = (len(rest.records) + 1) // 2
        if failed_from > 0:
            return [rest]
        if len(rest.records) > 1:
            return [replace(rest, records=rest.records[:middle]), replace(rest, records=rest.records[middle:])]

    limit = mapping.get("MaximumRetryAttempts")
    if limit is None or limit < 0 or rest.retries < limit:
        _back_off(lane, min(MINIMUM_BACKOFF_SECONDS * 2 ** min(rest.retries, 10), MAXIMUM_BACKOFF_SECONDS))
        return [replace(rest, retries=rest.retries + 1)]
    _send_to_destination(mapping, function, rest, "RetryAttemptsExhausted", result)
    return []


def _back_off(lane, seconds):
    lane.not_before = time.time() + seconds
    _poll_after(seconds)


def _discard_expired(mapping, function, batch):
    """Discards records that are older than MaximumRecordAgeInSeconds or than the stream's retention."""
    limit = mapping.get("MaximumRecordAgeInSeconds")
    oldest = time.time() - (limit if limit and limit > 0 else RETENTION_SECONDS)
    remaining = [record for record in batch.records if record["dynamodb"]["ApproximateCreationDateTime"] >= oldest]
    expired = batch.records[: len(batch.records) - len(remaining)]
    if expired:
        _send_to_destination(mapping, function, replace(batch, records=expired), "RecordAgeExceeded", None)
    return replace(batch, records=remaining)


def _send_to_destination(mapping, function, batch, condition, result):
    """Sends the invocation record of a discarded batch, with the permissions of the function's role."""
    destination = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    if not destination:
        lambda_metrics.add_to_mapping(mapping, {"DroppedEventCount": len(batch.records)})
        return
    config = function.get("config") or function
    try:
        _send(destination, config, json.dumps(_invocation_record(mapping, config, batch, condition, result)))
        lambda_metrics.add_to_mapping(mapping, {"OnFailureDestinationDeliveredEventCount": len(batch.records)})
    except Exception as error:  # as in AWS, the batch is discarded anyway
        lambda_svc.logger.error("on-failure destination %s: %s", destination, error)
        lambda_metrics.add_delivery_failure(mapping)
        lambda_metrics.add_to_mapping(mapping, {"DroppedEventCount": len(batch.records)})


def _send(destination, config, message):
    import botocore.session  # imported here, since it would double the start time

    spec = parse_arn(destination)
    endpoint = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
    # Lambda sends it, not the function's code, which has another session of the role.
    role = execution_credentials({**config, "FunctionArn": f"{config['FunctionArn']}:on-failure"})
    client = botocore.session.Session().create_client(
        spec.service, region_name=spec.region, endpoint_url=endpoint,
        aws_access_key_id=role["AWS_ACCESS_KEY_ID"], aws_secret_access_key=role["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=role["AWS_SESSION_TOKEN"],
    )
    if spec.service == "sqs":
        client.send_message(QueueUrl=f"{endpoint}/{spec.account_id}/{spec.resource}", MessageBody=message)
    else:
        client.publish(TopicArn=destination, Message=message)


def _invocation_record(mapping, config, batch, condition, result):
    """The message to an on-failure destination: the records' position in the stream, without the records."""
    first, last = batch.records[0]["dynamodb"], batch.records[-1]["dynamodb"]
    record = {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": mapping["FunctionArn"],
            "condition": condition,
            "approximateInvokeCount": batch.invocations,
        },
        "version": "1.0",
        "timestamp": _iso(time.time(), "milliseconds"),
        "DDBStreamBatchInfo": {
            "shardId": dynamodb_streams._DEFAULT_SHARD_ID,
            "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": last["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _iso(first["ApproximateCreationDateTime"], "seconds"),
            "approximateArrivalOfLastRecord": _iso(last["ApproximateCreationDateTime"], "seconds"),
            "batchSize": len(batch.records),
            "streamArn": mapping["EventSourceArn"],
        },
    }
    if result is not None:
        error = {"functionError": "Unhandled"} if result.get("error") else {}
        version = config.get("Version", "$LATEST")
        record["responseContext"] = {"statusCode": 200, "executedVersion": version, **error}
    return record


def _iso(seconds, precision):
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec=precision).replace("+00:00", "Z")
