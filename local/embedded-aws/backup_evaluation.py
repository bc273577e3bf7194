"""Lets AWS Backup do what is due in an account and region, which it does only when it is asked to.

    POST /_ministack/backup/evaluate   {"account": "…", "region": "…", "at": seconds since 1970}

Simplified: AWS does it by itself. A time in the future moves AWS Backup's time on, in every account and region.
"""

import json

from ministack import app
from ministack.core.responses import json_response, request_scope

import backup_clock
import backup_schedules
import recovery_points
from backup_requests import public

PATH = "/_ministack/backup/evaluate"


def backup_evaluation():
    """AWS Backup can be asked to do what is due. ministack does nothing at any time."""
    handle = app._handle_admin_config_request

    async def handle_corrected(path, method, body):
        if path != PATH or method != "POST":
            return await handle(path, method, body)
        request = json.loads(body)
        with request_scope(request["account"], request["region"]):
            return json_response(evaluate(request.get("at")))

    app._handle_admin_config_request = handle_corrected


def evaluate(instant=None):
    """Deletes what is past its time everywhere, and starts the backup jobs that are due in this account and region."""
    if instant:
        backup_clock.move_to(instant)
    recovery_points.delete_expired()
    return {"BackupJobs": [public(job) for job in backup_schedules.run_due()]}
