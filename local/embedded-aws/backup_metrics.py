"""The metrics of AWS Backup's jobs.

Each is added when a job changes its state, while AWS adds them every five minutes. They have the dimensions
BackupVaultName, ResourceType, or both; the vault of a copy job is its destination.

Not implemented: the metrics of recovery points, and of jobs that expire.

https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html
"""

import job_steps
import metric_data

NAMESPACE = "AWS/Backup"


def backup_metrics():
    """CloudWatch has the numbers of backup, copy and restore jobs by state.

    ministack adds no metric of AWS Backup.
    """
    metric_data.keep_while_evicting()
    job_steps.on_change.append(_add)


def _add(kind, state, job):
    vault_arn = job.get("DestinationBackupVaultArn") or job["BackupVaultArn"]
    vault, resource = {"BackupVaultName": vault_arn.split(":")[-1]}, {"ResourceType": job["ResourceType"]}
    for dimensions in (vault, resource, {**vault, **resource}):
        metric_data.aggregate(NAMESPACE, f"NumberOf{kind}Jobs{state.capitalize()}", dimensions, "Count", 1)
