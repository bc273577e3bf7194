"""What a request is checked against: the resource that AWS names for it, and condition keys that ministack leaves out.

As shipped, a request whose resource's name or id stands in an unexpected field counts as one on "*", so that only a
policy that allows the action on everything lets it through.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import contextvars
import json
import re

from ministack.core import iam_actions
from ministack.services import ec2, lambda_svc, tagging

# The id of what EC2 has begins with its kind.
EC2_KINDS = {
    "rtb": "route-table",
    "rtbassoc": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}

# The id of the event source mapping that the request under way is about.
_mapping = contextvars.ContextVar("mapping", default="")


def resources_by_name():
    """A request names its resource wherever its API has the name: in a list, in the body, or as one yet to be made."""
    extract = iam_actions.extract_resource_arn

    def extract_corrected(service, method, path, headers, body, query_params, region, account_id):
        found = extract(service, method, path, headers, body, query_params, region, account_id)
        if service == "lambda":
            _mapping.set(found.rpartition(":event-source-mapping:")[2])
        if found != "*":
            return found
        prefix = f"arn:aws:{service}:{region}:{account_id}"
        if service == "lambda" and method == "POST" and path.endswith("/functions"):
            return f"{prefix}:function:{_field(body, 'FunctionName')}"
        if service == "dynamodb":
            return _field(body, "ResourceArn") or "*"
        if service == "kms":
            key = _field(body, "TargetKeyId")
            return key if key.startswith("arn:") else f"{prefix}:key/{key}" if key else "*"
        if service == "logs" and "DescribeLogGroups" in headers.get("x-amz-target", ""):
            return f"{prefix}:log-group:*"
        if service == "monitoring":
            return _alarm(body, query_params, f"arn:aws:cloudwatch:{region}:{account_id}")
        if service == "ec2":
            return _ec2(query_params, prefix)
        return "*"

    action_of = iam_actions._lambda_action

    def action_corrected(method, path):
        # As shipped, reading one mapping counts as listing them all.
        one = re.search(r"/event-source-mappings/[^/]+$", path.rstrip("/"))
        verb = {"DELETE": "Delete", "GET": "Get", "PUT": "Update"}.get(method) if one else None
        return f"{verb}EventSourceMapping" if verb else action_of(method, path)

    iam_actions._lambda_action = action_corrected
    iam_actions.extract_resource_arn = extract_corrected


def condition_keys():
    """s3:if-none-match of a write, lambda:FunctionArn of a mapping, and the tags of EC2: those a resource has, those it gets.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
    """
    of_s3, of_tags = iam_actions.s3_service_context, iam_actions.request_tag_context

    def s3_corrected(iam_action, query_params, path="", headers=None):
        context = of_s3(iam_action, query_params, path, headers)
        if iam_action == "s3:PutObject" and (headers or {}).get("if-none-match"):
            context["s3:if-none-match"] = headers["if-none-match"]
        return context

    def tags_corrected(service, iam_action, body, params):
        context = of_tags(service, iam_action, body, params)
        if iam_action == "lambda:CreateEventSourceMapping":
            context["lambda:FunctionArn"] = _field(body, "FunctionName")
        elif iam_action in ("lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"):
            context["lambda:FunctionArn"] = lambda_svc._esms.get(_mapping.get(), {}).get("FunctionArn")
        if service == "ec2":
            for name in params:
                tag = re.fullmatch(r"((?:TagSpecification\.\d+\.)?Tag\.\d+)\.Key", name)
                if tag:
                    key = f"aws:RequestTag/{_first(params, name)}".lower()
                    context[key] = _first(params, f"{tag.group(1)}.Value")
        return context

    of_resource = tagging.resource_tags

    def resource_corrected(arn):
        if not arn.startswith("arn:aws:ec2:"):
            return of_resource(arn)
        return {tag["Key"]: tag["Value"] for tag in ec2._tags.get(arn.rsplit("/", 1)[-1], [])}

    tagging.resource_tags = resource_corrected
    iam_actions.s3_service_context = s3_corrected
    iam_actions.request_tag_context = tags_corrected


def _field(body, name):
    try:
        return json.loads(body or b"{}").get(name) or ""
    except (ValueError, AttributeError):
        return ""


def _first(params, *names):
    return next((value for value in (iam_actions._query_param(params, name) for name in names) if value), "")


def _alarm(body, params, prefix):
    arn = _first(params, "ResourceARN")
    name = _first(params, "AlarmNames.member.1")
    if arn or name:
        return arn or f"{prefix}:alarm:{name}"
    return f"{prefix}:alarm:*" if _first(params, "Action") == "DescribeAlarms" else "*"


def _ec2(params, prefix):
    action = _first(params, "Action")
    identifier = _first(params, "ResourceId.1", "VpcEndpointId", "AssociationId", "SecurityGroupRule.1.SecurityGroupRuleId")
    kind = EC2_KINDS.get(identifier.rsplit("-", 1)[0])
    if kind:
        return f"{prefix}:{kind}/{identifier}"
    made = re.fullmatch(r"Create(Vpc)", action)
    return f"{prefix}:{made.group(1).lower()}/*" if made else "*"
