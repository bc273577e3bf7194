"""DynamoDB's own backups of tables.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListBackups.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
"""

import copy
import json
import time

from ministack.services import dynamodb

SYSTEM_BACKUP_DAYS = 35


def backup_details():
    """A backup has the size of its items, and the settings that its table had.

    ministack counts 200 bytes an item, forgets the maxima in on-demand mode, and shows later changes of indexes.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BackupDetails.html
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SourceTableDetails.html
    """
    create = dynamodb._create_backup

    def create_corrected(data):
        answer = create(data)
        if answer[0] != 200:
            return answer
        backup = dynamodb._backups[json.loads(answer[2])["BackupDetails"]["BackupArn"]]
        source = backup["SourceTableDetails"]
        table = dynamodb._tables[source["TableName"]]
        items = [item for sort_keys in table["items"].values() for item in sort_keys.values()]
        size = sum(dynamodb._item_size_bytes(item) for item in items)
        backup["BackupDetails"]["BackupSizeBytes"] = source["TableSizeBytes"] = size
        if table.get("OnDemandThroughput"):
            source["OnDemandThroughput"] = table["OnDemandThroughput"]
        for details in ("SourceTableDetails", "SourceTableFeatureDetails"):
            backup[details] = copy.deepcopy(backup[details])
        return dynamodb.json_response({"BackupDetails": backup["BackupDetails"]})

    dynamodb._create_backup = create_corrected


def system_backups():
    """A table with point-in-time recovery that is deleted leaves a backup, which AWS keeps for 35 days.

    ministack makes none.
    """
    delete = dynamodb._delete_table

    def delete_corrected(data):
        name = dynamodb._normalize_table_name(data.get("TableName"))
        backup = _back_up(name) if name in dynamodb._tables and dynamodb._pitr_settings.get(name) else None
        answer = delete(data)
        if backup and answer[0] != 200:
            dynamodb._backups.pop(backup["BackupArn"])
        return answer

    dynamodb._delete_table = delete_corrected


def _back_up(name):
    request = {"TableName": name, "BackupName": f"{name}$DeletedTableBackup"}
    arn = json.loads(dynamodb._create_backup(request)[2])["BackupDetails"]["BackupArn"]
    details = dynamodb._backups[arn]["BackupDetails"]
    details["BackupType"] = "SYSTEM"
    details["BackupExpiryDateTime"] = time.time() + SYSTEM_BACKUP_DAYS * 86_400
    return details


def listed_backups():
    """ListBackups returns the backups of a type, by default those that users made, and of a range of time.

    ministack returns all of them. AWS's ALL leaves out those that AWS Backup made.
    """
    list_backups = dynamodb._list_backups

    def list_corrected(data):
        kind = data.get("BackupType", "USER")
        kinds = ("USER", "SYSTEM") if kind == "ALL" else (kind,)
        begin, end = data.get("TimeRangeLowerBound", 0), data.get("TimeRangeUpperBound", float("inf"))
        whole = {"TableName": data.get("TableName"), "Limit": len(dynamodb._backups)}
        found = [
            summary
            for summary in json.loads(list_backups(whole)[2])["BackupSummaries"]
            if summary["BackupType"] in kinds and begin <= summary["BackupCreationDateTime"] < end
        ]
        arns = [None, *(summary["BackupArn"] for summary in found)]
        after = data.get("ExclusiveStartBackupArn")
        if after not in arns:
            message = f"ExclusiveStartBackupArn must be a backup of the list (given {after})"
            return dynamodb.error_response_json("ValidationException", message, 400)
        start = arns.index(after)
        page = found[start : start + data.get("Limit", 100)]
        more = {"LastEvaluatedBackupArn": page[-1]["BackupArn"]} if start + len(page) < len(found) else {}
        return dynamodb.json_response({"BackupSummaries": page, **more})

    dynamodb._list_backups = list_corrected
