"""The permissions that requests of Application Auto Scaling need.

Besides the permission for the action itself, who registers a scalable target needs those for the table and for
CloudWatch: Application Auto Scaling tries them and refuses the request with a ValidationException. The first target of
an account also needs iam:CreateServiceLinkedRole.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html
https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html
"""

import json

from ministack.core import iam_actions
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam

import caller_permissions
from scalable_tables import scalable
from scaling_state import targets

SERVICE = "application-autoscaling"
SERVICE_PRINCIPAL = "dynamodb.application-autoscaling.amazonaws.com"
SERVICE_LINKED_ROLE = "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"


def check():
    """IAM checks the request's scalable target, service namespace and dimension."""
    extract, request_tags = iam_actions.extract_resource_arn, iam_actions.request_tag_context

    def extract_corrected(service, method, path, headers, body, query_params, region, account_id):
        if service != SERVICE:
            return extract(service, method, path, headers, body, query_params, region, account_id)
        request = caller_permissions.request_of(body)
        if "ResourceARN" in request:
            return request["ResourceARN"]
        if "ScalableDimension" not in request or "Describe" in headers.get("x-amz-target", ""):
            return "*"
        target = targets.get((request.get("ResourceId"), request["ScalableDimension"]))
        return target["ScalableTargetARN"] if target else f"arn:aws:{service}:{region}:{account_id}:scalable-target/*"

    def request_tags_corrected(service, iam_action, body, params):
        context = request_tags(service, iam_action, body, params)
        if service == SERVICE:
            request = caller_permissions.request_of(body)
            context[f"{service}:service-namespace"] = request.get("ServiceNamespace")
            context[f"{service}:scalable-dimension"] = request.get("ScalableDimension")
        return context

    iam_actions.extract_resource_arn = extract_corrected
    iam_actions.request_tag_context = request_tags_corrected


def missing(headers, query_params, request):
    """What to say of each permission that the caller lacks to register a scalable target."""
    table = scalable(request["ResourceId"], request["ScalableDimension"]).arn
    alarms = f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm"
    created = f"{alarms}:TargetTracking-{request['ResourceId']}-AlarmHigh"
    needed = [
        ("dynamodb:DescribeTable", table),
        ("dynamodb:UpdateTable", table),
        ("cloudwatch:DescribeAlarms", f"{alarms}:*"),
        ("cloudwatch:PutMetricAlarm", created),
        ("cloudwatch:DeleteAlarms", created),
    ]
    if SERVICE_LINKED_ROLE not in iam._roles:
        keys = {"iam:AWSServiceName": SERVICE_PRINCIPAL}
        needed.append(("iam:CreateServiceLinkedRole", _role_arn(), keys))
    return caller_permissions.missing(headers, query_params, needed)


def create_service_linked_role():
    """Creates the role with which the service scales tables, unless the account has it. Returns its ARN."""
    if SERVICE_LINKED_ROLE not in iam._roles:
        trust = {"Effect": "Allow", "Principal": {"Service": SERVICE_PRINCIPAL}, "Action": "sts:AssumeRole"}
        iam._IAM_HANDLERS["CreateRole"]({
            "RoleName": [SERVICE_LINKED_ROLE],
            "Path": [f"/aws-service-role/{SERVICE_PRINCIPAL}/"],
            "AssumeRolePolicyDocument": [json.dumps({"Version": "2012-10-17", "Statement": [trust]})],
        })
    return _role_arn()


def _role_arn():
    return f"arn:aws:iam::{get_account_id()}:role/aws-service-role/{SERVICE_PRINCIPAL}/{SERVICE_LINKED_ROLE}"
