"""EventBridge Scheduler's universal target: a schedule calls an operation of a service in the name of its role.

ministack calls functions, queues, topics and the like, and drops this target.

    POST /_ministack/scheduler/run   {"account": "…", "region": "…", "name": "…", "at": seconds since 1970}

runs a schedule as if it were due at that time, so that it can be tried without waiting for it, and answers with what its
target answered or with its error. AWS retries what fails, and puts it into a queue in the end; the embedded AWS doesn't.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role
"""

import asyncio
import contextvars
import json
import re
import threading
from datetime import datetime, timezone

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from ministack import app
from ministack.core.responses import json_response, new_uuid, request_scope
from ministack.services import eventbridge, scheduler

import caller_permissions
import role_permissions
import role_sessions

PATH = "/_ministack/scheduler/run"
MINUTE_SECONDS = 60
SERVICE = "scheduler.amazonaws.com"
UNIVERSAL = re.compile(r"arn:aws:scheduler:::aws-sdk:(\w+):(\w+)")


def schedule_targets():
    """A schedule calls its universal target, with a role that the scheduler can take and its creator may pass."""
    handle, requested, invoke = scheduler.handle_request, app._handle_admin_config_request, eventbridge._invoke_target

    async def handle_corrected(method, path, headers, body, query_params):
        role = (caller_permissions.request_of(body).get("Target") or {}).get("RoleArn")
        if role:
            needed = [("iam:PassRole", role, {"iam:PassedToService": SERVICE})]
            for message in caller_permissions.missing(headers, query_params, needed):
                return scheduler._error(403, "AccessDeniedException", message)
            if not role_permissions.can_take(SERVICE, role):
                message = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
                return scheduler._error(400, "ValidationException", message)
        return await handle(method, path, headers, body, query_params)

    async def requested_corrected(path, method, body):
        if path != PATH or method != "POST":
            return await requested(path, method, body)
        request = json.loads(body)
        with request_scope(request["account"], request["region"]):
            # The target is called over HTTP, so that the loop must go on meanwhile.
            return json_response(await asyncio.to_thread(_run, request["name"], request["at"]))

    def invoke_corrected(target, event, rule, *rest):
        if not UNIVERSAL.fullmatch(target.get("Arn", "")):
            return invoke(target, event, rule, *rest)
        # ministack looks every ten seconds for what is due, and schedules have whole minutes.
        call = (_call, rule, event["Time"] // MINUTE_SECONDS * MINUTE_SECONDS)
        threading.Thread(target=contextvars.copy_context().run, args=call, daemon=True).start()

    scheduler.handle_request = handle_corrected
    app._handle_admin_config_request = requested_corrected
    eventbridge._invoke_target = invoke_corrected


def _run(name, instant):
    schedule = scheduler._schedules.get(f"default/{name}")
    if schedule is None:
        return {"Error": f"Schedule {name} does not exist."}
    try:
        return {"Answer": _call(schedule, instant)}
    except (BotoCoreError, ClientError) as error:
        return {"Error": str(error)}


def _call(schedule, instant):
    target = schedule["Target"]
    service, operation = UNIVERSAL.fullmatch(target["Arn"]).groups()
    attributes = {
        "schedule-arn": schedule["Arn"],
        "scheduled-time": datetime.fromtimestamp(instant, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "execution-id": new_uuid(),
        "attempt-number": "1",
    }
    text = target.get("Input") or "{}"
    for name, value in attributes.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    client = role_sessions.client_of_role(service, target["RoleArn"], "scheduler")
    answer = getattr(client, xform_name(operation[0].upper() + operation[1:]))(**json.loads(text))
    answer.pop("ResponseMetadata", None)
    return json.loads(json.dumps(answer, default=str))
