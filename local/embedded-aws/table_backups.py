"""DynamoDB's own backups of tables.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListBackups.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
"""

import json
import time

from ministack.services import dynamodb

SYSTEM_BACKUP_DAYS = 35


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

    ministack returns all of them.
    """
    list_backups = dynamodb._list_backups

    def list_corrected(data):
        kind = data.get("BackupType", "USER")
        begin, end = data.get("TimeRangeLowerBound", 0), data.get("TimeRangeUpperBound", float("inf"))
        whole = {"TableName": data.get("TableName"), "Limit": len(dynamodb._backups)}
        found = [
            summary
            for summary in json.loads(list_backups(whole)[2])["BackupSummaries"]
            if kind in ("ALL", summary["BackupType"]) and begin <= summary["BackupCreationDateTime"] < end
        ]
        arns = [summary["BackupArn"] for summary in found]
        start = arns.index(data["ExclusiveStartBackupArn"]) + 1 if "ExclusiveStartBackupArn" in data else 0
        page = found[start : start + data.get("Limit", 100)]
        more = {"LastEvaluatedBackupArn": page[-1]["BackupArn"]} if start + len(page) < len(found) else {}
        return dynamodb.json_response({"BackupSummaries": page, **more})

    dynamodb._list_backups = list_corrected
