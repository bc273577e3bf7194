"""Exports of DynamoDB tables to S3: ExportTableToPointInTime, DescribeExport, ListExports.

ministack writes no files, reports every export as completed, and never asks whether point-in-time recovery is on.

An export writes, as AWS does, gzipped files of items in DynamoDB JSON with their manifests, in the caller's name: what the
caller may not put into the bucket fails the export. It has several data files, as AWS has one for each partition.

Not implemented, and refused: incremental exports, and the format ION.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportTableToPointInTime.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExportDescription.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport_Requesting.html
"""

import base64
import contextvars
import gzip
import hashlib
import json
import secrets
import threading
import time
from datetime import datetime, timezone

import botocore.exceptions
from ministack.core import iam_actions, router
from ministack.services import dynamodb

import point_in_time_recovery
import role_sessions

# AWS takes minutes.
EXPORT_SECONDS = 0.3
DATA_FILES = 4
# For so long, the same client token means the same export.
TOKEN_SECONDS = 8 * 3600

# The fields of a request that its export has, too.
REQUESTED = ("S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseAlgorithm", "S3SseKmsKeyId", "ClientToken")

_access_key = contextvars.ContextVar("access_key", default="")


def table_exports():
    """An export writes the items of the time that it is asked for; one that may not write fails."""
    handle, resource_of = dynamodb.handle_request, iam_actions.extract_resource_arn

    async def handle_corrected(method, path, headers, body, query_params):
        _access_key.set(router.extract_access_key_id(headers, query_params))
        return await handle(method, path, headers, body, query_params)

    def resource_corrected(service, method, path, headers, body, *rest):
        action = headers.get("x-amz-target", "").rpartition(".")[2] if service == "dynamodb" else ""
        if action == "ListExports":
            return "*"  # it belongs to no table, even if it is asked for the exports of one
        named = {"ExportTableToPointInTime": "TableArn", "DescribeExport": "ExportArn"}.get(action)
        if named:
            return json.loads(body or b"{}").get(named) or "*"
        return resource_of(service, method, path, headers, body, *rest)

    dynamodb.handle_request = handle_corrected
    dynamodb._export_table_to_point_in_time = _export
    dynamodb._describe_export = _describe
    dynamodb._list_exports = _list
    iam_actions.extract_resource_arn = resource_corrected


def _export(data):
    name = dynamodb._table_name_from_arn(data.get("TableArn") or "")
    known = _with_token(data)
    if known:
        return dynamodb.json_response({"ExportDescription": _public(known)})
    refused = _refused(name, data)
    if refused:
        return dynamodb.error_response_json(*refused, 400)
    now, table = time.time(), dynamodb._tables[name]
    export = {
        "ExportArn": f"{table['TableArn']}/export/{int(now * 1000):014d}-{secrets.token_hex(4)}",
        "ExportStatus": "IN_PROGRESS",
        "StartTime": now,
        "TableArn": table["TableArn"],
        "TableId": table["TableId"],
        "ExportTime": data.get("ExportTime", now),
        "S3SseAlgorithm": "AES256",
        **{field: data[field] for field in REQUESTED if field in data},
        "ExportFormat": "DYNAMODB_JSON",
        "ExportType": "FULL_EXPORT",
        "_request": data,
    }
    sort_keys = point_in_time_recovery.items_at(table, export["ExportTime"]).values()
    items = [item for by_sort_key in sort_keys for item in by_sort_key.values()]
    client = role_sessions.client_of_caller("s3", _access_key.get())
    dynamodb._exports[export["ExportArn"]] = export
    threading.Thread(target=contextvars.copy_context().run, args=(_run, export, items, client), daemon=True).start()
    return dynamodb.json_response({"ExportDescription": _public(export)})


def _describe(data):
    export = dynamodb._exports.get(data.get("ExportArn"))
    if not export:
        return dynamodb.error_response_json("ExportNotFoundException", f"Export not found: {data.get('ExportArn')}", 400)
    return dynamodb.json_response({"ExportDescription": _public(export)})


def _list(data):
    exports = [each for each in dynamodb._exports.values() if data.get("TableArn") in (None, each["TableArn"])]
    exports.sort(key=lambda export: export["StartTime"], reverse=True)
    start = int(data.get("NextToken") or 0)
    end = start + data.get("MaxResults", 25)
    fields = ("ExportArn", "ExportStatus", "ExportType")
    answer = {"ExportSummaries": [{field: export[field] for field in fields} for export in exports[start:end]]}
    return dynamodb.json_response({**answer, **({"NextToken": str(end)} if end < len(exports) else {})})


def _public(export):
    return {field: value for field, value in export.items() if not field.startswith("_")}


def _with_token(data):
    since = time.time() - TOKEN_SECONDS
    return next(
        (
            export
            for export in dynamodb._exports.values()
            if data.get("ClientToken") and export.get("ClientToken") == data["ClientToken"]
            and export["StartTime"] > since and export["_request"] == data
        ),
        None,
    )


def _refused(name, data):
    missing = next((field for field in ("TableArn", "S3Bucket") if not data.get(field)), None)
    if missing:
        field = missing[0].lower() + missing[1:]
        message = f"Value null at '{field}' failed to satisfy constraint: Member must not be null"
        return "ValidationException", f"1 validation error detected: {message}"
    if data.get("ExportType", "FULL_EXPORT") != "FULL_EXPORT" or data.get("ExportFormat", "DYNAMODB_JSON") != "DYNAMODB_JSON":
        return "ValidationException", "The embedded AWS exports whole tables as DYNAMODB_JSON, and nothing else"
    if name not in dynamodb._tables:
        return "TableNotFoundException", f"Table not found: {data['TableArn']}"
    if not dynamodb._pitr_settings.get(name):
        return "PointInTimeRecoveryUnavailableException", f"Point in time recovery is not enabled for table '{name}'"
    token = data.get("ClientToken")
    if token and any(export.get("ClientToken") == token for export in dynamodb._exports.values()):
        return "ExportConflictException", f"There was a conflict with the export of the client token {token}"
    earliest, latest = point_in_time_recovery.window(name)
    if not earliest <= data.get("ExportTime", latest) <= latest:
        message = "ExportTime must be between EarliestRestorableDateTime and LatestRestorableDateTime"
        return "InvalidExportTimeException", f"An invalid export time was specified. {message}."
    return None


def _run(export, items, client):
    time.sleep(EXPORT_SECONDS)
    try:
        finished = _write(export, items, client)
        export.update(finished, EndTime=time.time(), ExportStatus="COMPLETED")
    except botocore.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        failure = {"FailureCode": code if code.startswith("S3") else f"S3{code}", "FailureMessage": str(error)}
        export.update(failure, EndTime=time.time(), ExportStatus="FAILED")
    except Exception as error:
        # Who waits for the export must see that it ended.
        export.update(FailureCode="InternalError", FailureMessage=repr(error), EndTime=time.time(), ExportStatus="FAILED")
        raise


def _write(export, items, client):
    identifier = export["ExportArn"].rsplit("/", 1)[-1]
    folder = "/".join([*filter(None, [export.get("S3Prefix", "").strip("/")]), "AWSDynamoDB", identifier])
    encryption = {"ServerSideEncryption": "aws:kms" if export["S3SseAlgorithm"] == "KMS" else "AES256"}
    if "S3SseKmsKeyId" in export:
        encryption["SSEKMSKeyId"] = export["S3SseKmsKeyId"]

    def put(key, body):
        return client.put_object(Bucket=export["S3Bucket"], Key=key, Body=body, **encryption)["ETag"].strip('"')

    def put_with_checksum(name, body):
        put(f"{folder}/{name}.json", body)
        put(f"{folder}/{name}.md5", _md5(body))

    put(f"{folder}/_started", b"")
    files = []
    for part in (items[number::DATA_FILES] for number in range(DATA_FILES)):
        body = gzip.compress(_lines({"Item": item} for item in part))
        key = f"{folder}/data/{secrets.token_hex(13)}.json.gz"
        etag = put(key, body)
        files.append({"itemCount": len(part), "md5Checksum": _md5(body).decode(), "etag": etag, "dataFileS3Key": key})
    finished = {
        "BilledSizeBytes": sum(dynamodb._item_size_bytes(item) for item in items),
        "ItemCount": len(items),
        "ExportManifest": f"{folder}/manifest-summary.json",
    }
    put_with_checksum("manifest-files", _lines(files))
    put_with_checksum("manifest-summary", json.dumps(_summary({**export, **finished}, f"{folder}/manifest-files.json")).encode())
    return finished


def _summary(export, manifest_files):
    return {
        "version": "2020-06-30",
        "exportArn": export["ExportArn"],
        "startTime": _iso(export["StartTime"]),
        "endTime": _iso(time.time()),
        "tableArn": export["TableArn"],
        "tableId": export["TableId"],
        "exportTime": _iso(export["ExportTime"]),
        "s3Bucket": export["S3Bucket"],
        "s3Prefix": export.get("S3Prefix"),
        "s3SseAlgorithm": export["S3SseAlgorithm"],
        "s3SseKmsKeyId": export.get("S3SseKmsKeyId"),
        "manifestFilesS3Key": manifest_files,
        "billedSizeBytes": export["BilledSizeBytes"],
        "itemCount": export["ItemCount"],
        "outputFormat": "DYNAMODB_JSON",
        "exportType": "FULL_EXPORT",
    }


def _lines(records):
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


def _md5(body):
    return base64.b64encode(hashlib.md5(body).digest())


def _iso(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
