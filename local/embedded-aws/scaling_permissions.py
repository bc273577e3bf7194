"""The permissions that requests of Application Auto Scaling need.

Besides the permission for the action itself, who registers a scalable target needs those for the table and for
CloudWatch: Application Auto Scaling tries them and refuses the request with a ValidationException. The first target of
an account also needs iam:CreateServiceLinkedRole.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html
https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html
"""

from ministack.core import iam_actions
from ministack.core.responses import get_account_id, get_region

import caller_permissions
from scalable_tables import scalable
from scaling_state import targets
from service_linked_roles import ServiceLinkedRole

SERVICE = "application-autoscaling"
ROLE = ServiceLinkedRole(
    "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable", "dynamodb.application-autoscaling.amazonaws.com"
)


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
        *ROLE.needed(),
    ]
    return caller_permissions.missing(headers, query_params, needed)
