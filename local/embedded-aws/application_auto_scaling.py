"""Application Auto Scaling for DynamoDB tables and global secondary indexes. ministack has no such service.

Scalable targets, target tracking policies and scheduled actions are kept by account and region. Nothing scales by itself:
scaler.py does when it is asked to.

Not implemented: other service namespaces, step scaling and predictive scaling, customized metrics, the CloudWatch alarms
that AWS creates for a policy, pages of results, and quotas.

https://docs.aws.amazon.com/autoscaling/application/APIReference/Welcome.html
"""

import json
import sys
import time

from ministack import app
from ministack.core import iam_actions, router
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, new_uuid
from ministack.services import tagging

import scaler
import scaling_permissions
import scaling_schedules
from scalable_tables import scalable
from scaling_permissions import SERVICE
from scaling_state import activities, clear, policies, schedules, tags, targets

SUSPENSIONS = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")

# In percent of the provisioned capacity.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html
TARGET_VALUES = (20, 90)

reset = clear


class Refusal(Exception):
    """An error response: its code and its message."""


def application_auto_scaling():
    """The service answers requests, IAM checks them, and the scaler can be asked to evaluate the targets."""
    app._loaded_modules["application_auto_scaling"] = sys.modules[__name__]
    app.SERVICE_REGISTRY[SERVICE] = {"module": "application_auto_scaling"}
    app.SERVICE_HANDLERS[SERVICE] = handle_request
    router.SERVICE_PATTERNS[SERVICE] = {"target_prefixes": ["AnyScaleFrontendService"]}
    iam_actions.SERVICE_TO_IAM_NAMESPACE[SERVICE] = SERVICE
    tagging._RESOURCE_TAG_COLLECTORS[SERVICE] = lambda: (
        (arn, [{"Key": key, "Value": value} for key, value in of_target.items()]) for arn, of_target in tags.items()
    )
    scaling_permissions.check()
    scaler.answer_requests()


async def handle_request(_method, _path, headers, body, query_params):
    operation = OPERATIONS.get(headers.get("x-amz-target", "").rpartition(".")[2])
    try:
        if operation is None:
            raise Refusal("UnknownOperationException", "not implemented in the embedded AWS")
        request = json.loads(body)
        if request.get("ServiceNamespace", "dynamodb") != "dynamodb":
            namespace = request["ServiceNamespace"]
            raise Refusal("ValidationException", f"The embedded AWS has the namespace dynamodb only (given {namespace})")
        if operation is register:
            for missing in scaling_permissions.missing(headers, query_params, request):
                raise Refusal("ValidationException", missing)
        return json_response(operation(request))
    except Refusal as refusal:
        return error_response_json(*refusal.args, 400)
    except KeyError as error:
        return error_response_json("ValidationException", f"{error.args[0]} is required", 400)
    except ValueError as error:
        return error_response_json("ValidationException", str(error), 400)


def register(request):
    key, old = _key(request), targets.get(_key(request))
    fault = scalable(*key).fault()
    if fault:
        raise Refusal("ValidationException", fault)
    target = {**(old or {}), **_given(request, "MinCapacity", "MaxCapacity", "RoleARN")}
    for limit in ("MinCapacity", "MaxCapacity"):
        if limit not in target:
            raise Refusal("ValidationException", f"{limit} must be given to register a new scalable target")
    _check_limits(target)
    arn = target.setdefault("ScalableTargetARN", f"{_arn(SERVICE)}:scalable-target/{new_uuid().replace('-', '')[:34]}")
    target.setdefault("CreationTime", time.time())
    target.setdefault("RoleARN", scaling_permissions.ROLE.create())
    target["SuspendedState"] = {
        **dict.fromkeys(SUSPENSIONS, False),
        **target.get("SuspendedState", {}),
        **(request.get("SuspendedState") or {}),
    }
    targets[key] = {**target, **_identity(request)}
    if old is None:
        tags[arn] = dict(request.get("Tags") or {})
    return {"ScalableTargetARN": arn}


def deregister(request):
    target = _registered(request)
    for kept in (policies, schedules):
        for key in kept.keys():
            if key[:2] == _key(request):
                del kept[key]
    tags.pop(target["ScalableTargetARN"], None)
    del targets[_key(request)]
    return {}


def put_policy(request):
    _registered(request)
    key = (*_key(request), request["PolicyName"])
    given = _given(request, "PolicyType", "TargetTrackingScalingPolicyConfiguration")
    policy = {**policies.get(key, {"CreationTime": time.time()}), **given}
    if policy.get("PolicyType") != "TargetTrackingScaling":
        raise Refusal("ValidationException", "DynamoDB supports the policy type TargetTrackingScaling only")
    configuration = policy.get("TargetTrackingScalingPolicyConfiguration") or {}
    metric = (configuration.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType")
    if metric != scalable(*key[:2]).metric:
        raise Refusal("ValidationException", f"PredefinedMetricType must be {scalable(*key[:2]).metric} (given {metric})")
    minimum, maximum = TARGET_VALUES
    value = configuration.get("TargetValue")
    if value is None or not minimum <= value <= maximum:
        raise Refusal("ValidationException", f"TargetValue must be between {minimum} and {maximum} (given {value})")
    if any(other[:2] == key[:2] and other != key for other in policies.keys()):
        raise Refusal("ValidationException", f"Only one TargetTrackingScaling policy for {metric} is allowed")
    arn = f"{_arn('autoscaling')}:scalingPolicy:{new_uuid()}:resource/dynamodb/{key[0]}:policyName/{key[2]}"
    policy.setdefault("PolicyARN", arn)
    policies[key] = {**policy, **_identity(request), "PolicyName": key[2], "Alarms": []}
    return {"PolicyARN": policy["PolicyARN"], "Alarms": []}


def put_schedule(request):
    _registered(request)
    key = (*_key(request), request["ScheduledActionName"])
    given = _given(request, "Schedule", "Timezone", "StartTime", "EndTime", "ScalableTargetAction")
    action = {**schedules.get(key, {"CreationTime": time.time()}), **given}
    scaling_schedules.validate(action)
    limits = action.get("ScalableTargetAction") or {}
    if not limits:
        raise Refusal("ValidationException", "ScalableTargetAction must have MinCapacity, MaxCapacity or both")
    _check_limits(limits)
    arn = f"{_arn('autoscaling')}:scheduledAction:{new_uuid()}:resource/dynamodb/{key[0]}:scheduledActionName/{key[2]}"
    action.setdefault("ScheduledActionARN", arn)
    action["EvaluatedUntil"] = time.time()
    schedules[key] = {**action, **_identity(request), "ScheduledActionName": key[2]}
    return {}


def _delete(kept, kind, name):
    def delete(request):
        if kept.pop((*_key(request), request[name]), None) is None:
            raise Refusal("ObjectNotFoundException", f"No {kind} found for {_place(request)}, name: {request[name]}")
        return {}

    return delete


def _describe(kept, answer, filter_by):
    """Returns what has the requested names or resource ids, the resource id and the dimension, if those are given."""
    field, requested = filter_by

    def describe(request):
        def is_requested(item):
            named = not request.get(requested) or item[field] in request[requested]
            return named and all(
                item[name] == request[name] for name in ("ResourceId", "ScalableDimension") if request.get(name)
            )

        items = [{name: value for name, value in item.items() if name != "EvaluatedUntil"} for item in kept.values()]
        return {answer: [item for item in items if is_requested(item)]}

    return describe


def describe_activities(request):
    names = ("ResourceId", "ScalableDimension")
    found = [
        activity
        for activity in activities()
        if all(activity[name] == request[name] for name in names if request.get(name))
    ]
    return {"ScalingActivities": found}


def list_tags(request):
    return {"Tags": _tags_of(request)}


def tag(request):
    _tags_of(request).update(request["Tags"])
    return {}


def untag(request):
    for key in request["TagKeys"]:
        _tags_of(request).pop(key, None)
    return {}


OPERATIONS = {
    "RegisterScalableTarget": register,
    "DeregisterScalableTarget": deregister,
    "DescribeScalableTargets": _describe(targets, "ScalableTargets", ("ResourceId", "ResourceIds")),
    "PutScalingPolicy": put_policy,
    "DeleteScalingPolicy": _delete(policies, "scaling policy", "PolicyName"),
    "DescribeScalingPolicies": _describe(policies, "ScalingPolicies", ("PolicyName", "PolicyNames")),
    "PutScheduledAction": put_schedule,
    "DeleteScheduledAction": _delete(schedules, "scheduled action", "ScheduledActionName"),
    "DescribeScheduledActions": _describe(
        schedules, "ScheduledActions", ("ScheduledActionName", "ScheduledActionNames")
    ),
    "DescribeScalingActivities": describe_activities,
    "ListTagsForResource": list_tags,
    "TagResource": tag,
    "UntagResource": untag,
}


def _key(request):
    scalable(request["ResourceId"], request["ScalableDimension"])
    return request["ResourceId"], request["ScalableDimension"]


def _identity(request):
    resource_id, dimension = _key(request)
    return {"ServiceNamespace": "dynamodb", "ResourceId": resource_id, "ScalableDimension": dimension}


def _place(request):
    resource_id, dimension = _key(request)
    return f"service namespace: dynamodb, resource ID: {resource_id}, scalable dimension: {dimension}"


def _registered(request):
    target = targets.get(_key(request))
    if target is None:
        raise Refusal("ObjectNotFoundException", f"No scalable target registered for {_place(request)}")
    return target


def _given(request, *names):
    return {name: request[name] for name in names if request.get(name) is not None}


def _check_limits(limits):
    minimum, maximum = limits.get("MinCapacity", 1), limits.get("MaxCapacity")
    if minimum < 1:
        raise Refusal("ValidationException", f"MinCapacity must be at least 1 for DynamoDB (given {minimum})")
    if maximum is not None and maximum < minimum:
        raise Refusal("ValidationException", f"MaxCapacity must not be less than MinCapacity ({maximum} < {minimum})")


def _tags_of(request):
    if request["ResourceARN"] not in tags:
        raise Refusal("ResourceNotFoundException", f"No scalable target found for ARN: {request['ResourceARN']}")
    return tags[request["ResourceARN"]]


def _arn(service):
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}"
