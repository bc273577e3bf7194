"""Scales DynamoDB tables and global secondary indexes when it is asked to.

    POST /_ministack/application-auto-scaling/evaluate   {"account": "…", "region": "…", "at": seconds since 1970}

First, the scheduled actions that have become due since the last evaluation set their targets' minimum and maximum. Then
the capacity is brought between minimum and maximum, and policies bring the utilization to their target value. It is
the consumption of the busier of two minutes, that of the instant and the one before, divided by what is provisioned.

Simplified: AWS evaluates by itself, scales out after two minutes and in after fifteen, with cooldowns, more gradually
in, and within DynamoDB's quota of decreases a day. As in AWS, nothing is scaled in without any consumption.

https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html
https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scheduled-scaling.html
https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scaling-activities.html
"""

import json
import math
import time

from ministack import app
from ministack.core.responses import json_response, new_uuid, request_scope

import scaling_schedules
from scalable_tables import scalable
from scaling_state import activities, policies, schedules, targets

PATH = "/_ministack/application-auto-scaling/evaluate"

# Of the target value: how far below it the utilization has to be before capacity is removed.
SCALE_IN_MARGIN = 0.1


def answer_requests():
    handle = app._handle_admin_config_request

    async def handle_corrected(path, method, body):
        if path != PATH or method != "POST":
            return await handle(path, method, body)
        request = json.loads(body)
        with request_scope(request["account"], request["region"]):
            return json_response({"ScalingActivities": evaluate(request.get("at") or time.time())})

    app._handle_admin_config_request = handle_corrected


def evaluate(instant):
    """Evaluates every target of the account and region. Returns the new scaling activities, the newest first."""
    before = len(activities())
    for action, target in _due(instant):
        _run(action, target)
    for (*target, _name), policy in policies.items():
        _track(targets[tuple(target)], policy, instant)
    return activities()[: len(activities()) - before]


def _due(instant):
    """The scheduled actions that are due, in the order of their times, and their targets."""
    due = []
    for (*key, _name), action in schedules.items():
        last = scaling_schedules.last_time(action, action["EvaluatedUntil"], instant)
        action["EvaluatedUntil"] = max(action["EvaluatedUntil"], instant)
        target = targets[tuple(key)]
        if last and not target["SuspendedState"]["ScheduledScalingSuspended"]:
            due.append((last, action, target))
    return [(action, target) for _last, action, target in sorted(due, key=lambda entry: entry[0])]


def _run(action, target):
    """Sets the minimum and the maximum, and brings the capacity between them."""
    limits = {name: target[name] for name in ("MinCapacity", "MaxCapacity")} | action["ScalableTargetAction"]
    cause = "minimum capacity was set to {MinCapacity} and maximum capacity to {MaxCapacity}".format(**limits)
    cause += f" by scheduled action {action['ScheduledActionName']}"
    if limits["MinCapacity"] > limits["MaxCapacity"]:
        _record(target, "Setting minimum and maximum.", cause, "the minimum must not be more than the maximum")
        return
    target.update(limits)
    _set_capacity(target, lambda current: current, cause)


def _track(target, policy, instant):
    """Brings the utilization to the policy's target value, and the capacity between minimum and maximum."""

    def wanted(current):
        consumed = _scalable(target).consumed_per_second(instant)
        return current if consumed is None else _units_for(policy, consumed, current)

    def is_suspended(change):
        return target["SuspendedState"]["DynamicScalingOutSuspended" if change > 0 else "DynamicScalingInSuspended"]

    _set_capacity(target, wanted, f"utilization triggered policy {policy['PolicyName']}", is_suspended)


def _units_for(policy, consumed, current):
    """The units for a consumption: the current ones unless the utilization is too far from the target value."""
    configuration = policy["TargetTrackingScalingPolicyConfiguration"]
    share = configuration["TargetValue"] / 100
    is_high = consumed > current * share
    is_low = consumed < current * share * (1 - SCALE_IN_MARGIN) and not configuration.get("DisableScaleIn")
    return math.ceil(consumed / share) if is_high or is_low else current


def _set_capacity(target, wanted, cause, is_suspended=lambda _change: False):
    """Sets what is wanted instead of the current capacity, between minimum and maximum."""
    scaled = _scalable(target)
    fault = scaled.fault()
    if fault:
        _record(target, f"Setting {_unit(scaled)}.", cause, fault)
        return
    current = scaled.capacity()
    units = min(max(wanted(current), target["MinCapacity"]), target["MaxCapacity"])
    if units != current and not is_suspended(units - current):
        _record(target, f"Setting {_unit(scaled)} to {units}.", cause, scaled.set_capacity(units))


def _record(target, description, cause, fault):
    done = description.removeprefix("Setting ").removesuffix(".")
    now = time.time()
    activities().insert(0, {
        "ActivityId": new_uuid(),
        **{name: target[name] for name in ("ServiceNamespace", "ResourceId", "ScalableDimension")},
        "Description": description,
        "Cause": cause,
        "StartTime": now,
        "EndTime": now,
        "StatusCode": "Failed" if fault else "Successful",
        "StatusMessage": fault or f"Successfully set {done}. Change successfully fulfilled by dynamodb.",
    })


def _scalable(target):
    return scalable(target["ResourceId"], target["ScalableDimension"])


def _unit(scaled):
    return f"{scaled.kind.lower()} capacity units"
