"""Replicas of DynamoDB tables in other regions. ministack creates them and replicates writes, and ignores the rest.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateReplicationGroupMemberAction.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables-security.html
"""

import json
import re

from ministack.core.responses import get_account_id
from ministack.services import dynamodb, kms

import caller_permissions

# What the caller must be allowed in the replica's region.
PERMISSIONS = {
    "Create": (
        "CreateTable", "CreateTableReplica", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan",
        "UpdateItem",
    ),
    "Update": ("UpdateTable",),
    "Delete": ("DeleteTable", "DeleteTableReplica"),
}


def replica_settings():
    """A replica has a key and a table class of its own, and DescribeTable returns them.

    ministack gives it the key of the table, and lets a replica be deleted whose deletion protection is on.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ReplicaDescription.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    apply, create, describe = dynamodb._apply_replica_updates, dynamodb._create_replica, dynamodb._table_description

    def apply_corrected(name, table, updates):
        for update in updates:
            fault = _fault(name, table, update)
            if fault:
                return dynamodb.error_response_json("ValidationException", fault, 400)
        table["_replica_requests"] = {
            action["RegionName"]: action for update in updates for action in update.values()
        }
        return apply(name, table, updates)

    def create_corrected(name, table, region):
        create(name, table, region)
        request = table["_replica_requests"][region]
        replica = dynamodb._tables.get_scoped(get_account_id(), region, name)
        if "KMSMasterKeyId" in request:
            replica["SSEDescription"] = dynamodb._sse_description_from_spec({"Enabled": True, **request})
        if "TableClassOverride" in request:
            replica["TableClassSummary"] = {"TableClass": request["TableClassOverride"]}
        replica["_replica_of"] = request

    def describe_corrected(name):
        description = describe(name)
        for replica in description.get("Replicas", []):
            table = dynamodb._tables.get_scoped(get_account_id(), replica["RegionName"], name, {})
            request = table.get("_replica_of", {})
            if "KMSMasterKeyId" in request:
                replica["KMSMasterKeyId"] = request["KMSMasterKeyId"]
            if "TableClassOverride" in request:
                replica["ReplicaTableClassSummary"] = {"TableClass": request["TableClassOverride"]}
        return description

    dynamodb._apply_replica_updates = apply_corrected
    dynamodb._create_replica = create_corrected
    dynamodb._table_description = describe_corrected


def _fault(name, table, update):
    action, request = next(iter(update.items()))
    if action == "Delete":
        replica = dynamodb._tables.get_scoped(get_account_id(), request["RegionName"], name, {})
        if replica.get("DeletionProtectionEnabled"):
            return "Table is protected against deletion. To delete the table, disable deletion protection."
    if action == "Create":
        stream = table.get("StreamSpecification") or {}
        if stream.get("StreamEnabled") and stream.get("StreamViewType") != "NEW_AND_OLD_IMAGES":
            return "Table must have Streams enabled with StreamViewType set to New and Old Images"
        key = (table.get("SSEDescription") or {}).get("KMSMasterKeyArn", "")
        if ":key/" in key and f":{request['RegionName']}:" not in request.get("KMSMasterKeyId", ""):
            return "All replicas must have the same type of key: a replica needs a customer managed key of its region"
    return None


def replica_permissions():
    """Who adds, changes or removes a replica needs permissions in its region.

    ministack checks UpdateTable in the table's region only.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables-security.html
    """
    handle = dynamodb.handle_request

    async def handle_corrected(method, path, headers, body, query_params):
        needed = _checks(caller_permissions.request_of(body))
        for message in caller_permissions.missing(headers, query_params, needed):
            return dynamodb.error_response_json("AccessDeniedException", message, 400)
        return await handle(method, path, headers, body, query_params)

    dynamodb.handle_request = handle_corrected


def _checks(data):
    table = dynamodb._normalize_table_name(data.get("TableName"))
    for update in data.get("ReplicaUpdates") or []:
        kind, request = next(iter(update.items()))
        resource = f"arn:aws:dynamodb:{request['RegionName']}:{get_account_id()}:table/{table}"
        for action in PERMISSIONS[kind]:
            yield f"dynamodb:{action}", resource


def aws_managed_key():
    """The key that AWS manages for a service in the account is there when its alias is first named.

    ministack has no such keys, and the provider can't read a replica without that of DynamoDB.

    https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key
    """
    resolve, metadata = kms._resolve_key, kms._key_metadata

    def resolve_corrected(key):
        found = resolve(key)
        alias = re.search(r"alias/aws/[\w-]+$", key or "")
        if found or not alias:
            return found
        created = json.loads(kms._create_key({})[2])["KeyMetadata"]
        kms._keys[created["KeyId"]]["_aws_managed"] = True
        kms._aliases[kms._alias_arn(alias[0])] = created["KeyId"]
        return resolve(key)

    def metadata_corrected(record):
        manager = {"KeyManager": "AWS"} if record.get("_aws_managed") else {}
        return {**metadata(record), **manager}

    kms._resolve_key = resolve_corrected
    kms._key_metadata = metadata_corrected
