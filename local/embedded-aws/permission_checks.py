"""Corrects the resource ARN and the condition keys that ministack uses to check a request's permissions.

ministack doesn't find every resource's name or id in a request. It then checks the request against "*", so that only
a policy that allows the action on every resource allows the request.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import contextvars
import json
import re

from ministack.core import iam_actions, iam_evaluator, lambda_runtime
from ministack.services import ec2, iam, kms, lambda_svc, tagging

import caller_permissions
import table_policies

# Resource types by the prefix of an EC2 id.
EC2_RESOURCE_TYPES = {
    "rtb": "route-table",
    "rtbassoc": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}

# Actions whose iam:PermissionsBoundary is the one in the request, or the one that the role has.
SET_BOUNDARY = ("iam:CreateRole", "iam:PutRolePermissionsBoundary")
WITHIN_BOUNDARY = (
    "iam:AttachRolePolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PutRolePolicy",
)

# The id of the event source mapping in the current request.
_mapping_id = contextvars.ContextVar("mapping_id", default="")


def resources_by_name():
    """Finds the resource in a list, in the request's body, and in a request that creates it."""
    extract = iam_actions.extract_resource_arn

    def extract_corrected(service, method, path, headers, body, query_params, region, account_id):
        found = extract(service, method, path, headers, body, query_params, region, account_id)
        if service == "lambda":
            _mapping_id.set(found.rpartition(":event-source-mapping:")[2])
        if service == "kms" and ":alias/" in found:
            # An alias is no resource of the actions on its key.
            return (kms._resolve_key(found) or {"Arn": found})["Arn"]
        if service == "dynamodb" and headers.get("x-amz-target", "").endswith(".ListBackups"):
            return "*"  # it belongs to no table, even if it is asked for the backups of one
        if service == "glue":
            return f"arn:aws:glue:{region}:{account_id}:{_catalogued(body)}"
        if found != "*":
            return found
        prefix = f"arn:aws:{service}:{region}:{account_id}"
        if service == "lambda" and method == "POST" and path.endswith("/functions"):
            return f"{prefix}:function:{_field(body, 'FunctionName')}"
        if service == "dynamodb":
            source = _field(body, "SourceTableArn") or _field(body, "SourceTableName")
            if source and not source.startswith("arn:"):
                return f"{prefix}:table/{source}"
            return source or _field(body, "ResourceArn") or _field(body, "BackupArn") or "*"
        if service == "dynamodbstreams":
            return table_policies.resource_arn(json.loads(body or b"{}")) or "*"
        if service == "kms":
            key, alias = _field(body, "TargetKeyId"), _field(body, "AliasName")
            if not key:
                return f"{prefix}:{alias}" if alias else "*"
            return key if key.startswith("arn:") else f"{prefix}:key/{key}"
        if service == "logs" and "DescribeLogGroups" in headers.get("x-amz-target", ""):
            return f"{prefix}:log-group:*"
        if service == "sns":
            subscription = _first(query_params, "SubscriptionArn")
            return subscription.rpartition(":")[0] or _first(query_params, "ResourceArn") or "*"
        if service == "monitoring":
            return _monitoring_arn(query_params, body, region, account_id)
        if service == "ec2":
            return _ec2_arn(query_params, prefix)
        return "*"

    action_of = iam_actions._lambda_action

    def action_corrected(method, path):
        # ministack takes GetEventSourceMapping for ListEventSourceMappings.
        single = re.search(r"/event-source-mappings/[^/]+$", path.rstrip("/"))
        verb = {"DELETE": "Delete", "GET": "Get", "PUT": "Update"}.get(method) if single else None
        return f"{verb}EventSourceMapping" if verb else action_of(method, path)

    iam_actions._lambda_action = action_corrected
    iam_actions.extract_resource_arn = extract_corrected


def _catalogued(body):
    """What a request to Glue is about. AWS also demands the permission for what that is in: the database, the catalogue."""
    request = caller_permissions.request_of(body)
    if request.get("ResourceArn"):
        return request["ResourceArn"].split(":", 5)[5]
    name = request.get("Name") or (request.get("DatabaseInput") or request.get("TableInput") or {}).get("Name")
    if request.get("DatabaseName"):
        return f"table/{request['DatabaseName']}/{name or '*'}"
    return f"database/{name}" if name else "catalog"


def condition_keys():
    """Adds s3:if-none-match, lambda:FunctionArn of event source mappings, resource and request tags of EC2, and
    iam:PermissionsBoundary.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
    """
    s3_context, request_tags = iam_actions.s3_service_context, iam_actions.request_tag_context

    def s3_context_corrected(iam_action, query_params, path="", headers=None):
        context = s3_context(iam_action, query_params, path, headers)
        if iam_action == "s3:PutObject" and (headers or {}).get("if-none-match"):
            context["s3:if-none-match"] = headers["if-none-match"]
        return context

    def request_tags_corrected(service, iam_action, body, params):
        context = request_tags(service, iam_action, body, params)
        if iam_action == "lambda:CreateEventSourceMapping":
            context["lambda:FunctionArn"] = _field(body, "FunctionName")
        elif iam_action in ("lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"):
            context["lambda:FunctionArn"] = lambda_svc._esms.get(_mapping_id.get(), {}).get("FunctionArn")
        if iam_action in SET_BOUNDARY:
            context["iam:PermissionsBoundary"] = _first(params, "PermissionsBoundary") or None
        elif iam_action in WITHIN_BOUNDARY:
            role = iam._roles.get(_first(params, "RoleName")) or {}
            context["iam:PermissionsBoundary"] = role.get("PermissionsBoundary") or None
        if service == "ec2":
            for name in params:
                tag = re.fullmatch(r"((?:TagSpecification\.\d+\.)?Tag\.\d+)\.Key", name)
                if tag:
                    key = f"aws:RequestTag/{_first(params, name)}".lower()
                    context[key] = _first(params, f"{tag.group(1)}.Value")
        return context

    resource_tags = tagging.resource_tags

    def resource_tags_corrected(arn):
        if not arn.startswith("arn:aws:ec2:"):
            return resource_tags(arn)
        return {tag["Key"]: tag["Value"] for tag in ec2._tags.get(arn.rsplit("/", 1)[-1], [])}

    tagging.resource_tags = resource_tags_corrected
    iam_actions.s3_service_context = s3_context_corrected
    iam_actions.request_tag_context = request_tags_corrected


def source_function():
    """Requests of a function's code have lambda:SourceFunctionArn.

    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """
    credentials, keys = lambda_runtime.execution_credentials, iam_evaluator._principal_keys
    # Not in the session, which ministack registers again for each process of the function.
    functions = {}

    def credentials_corrected(config):
        variables = credentials(config)
        functions[variables["AWS_ACCESS_KEY_ID"]] = config["FunctionArn"]
        return variables

    def keys_corrected(credential):
        source = functions.get(credential.access_key_id)
        return {**keys(credential), **({"lambda:sourcefunctionarn": source} if source else {})}

    lambda_runtime.execution_credentials = credentials_corrected
    iam_evaluator._principal_keys = keys_corrected


def pass_role():
    """Who gives a role to a function needs iam:PassRole.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    handle = lambda_svc.handle_request

    async def handle_corrected(method, path, headers, body, query_params):
        role = _field(body, "Role")
        if role and re.search(r"/functions(/[^/]+/configuration)?$", path.rstrip("/")):
            needed = [("iam:PassRole", role, {"iam:PassedToService": "lambda.amazonaws.com"})]
            for message in caller_permissions.missing(headers, query_params, needed):
                return lambda_svc.error_response_json("AccessDeniedException", message, 403)
        return await handle(method, path, headers, body, query_params)

    lambda_svc.handle_request = handle_corrected


def _field(body, name):
    try:
        return json.loads(body or b"{}").get(name) or ""
    except (ValueError, AttributeError):
        return ""


def _first(params, *names):
    return next((value for value in (iam_actions._query_param(params, name) for name in names) if value), "")


def _monitoring_arn(params, body, region, account_id):
    # An SDK's request, as JSON; of several alarms, each must be allowed, and here the first stands for all.
    given = _field(body, "AlarmNames")
    if given:
        return f"arn:aws:cloudwatch:{region}:{account_id}:alarm:{given[0]}"
    dashboard = _first(params, "DashboardName", "DashboardNames.member.1")
    if dashboard:
        return f"arn:aws:cloudwatch::{account_id}:dashboard/{dashboard}"
    name = _first(params, "AlarmNames.member.1") or ("*" if _first(params, "Action") == "DescribeAlarms" else "")
    return _first(params, "ResourceARN") or (f"arn:aws:cloudwatch:{region}:{account_id}:alarm:{name}" if name else "*")


def _ec2_arn(params, prefix):
    action = _first(params, "Action")
    identifier = _first(params, "ResourceId.1", "VpcEndpointId", "AssociationId", "SecurityGroupRule.1.SecurityGroupRuleId")
    resource_type = EC2_RESOURCE_TYPES.get(identifier.rsplit("-", 1)[0])
    if resource_type:
        return f"{prefix}:{resource_type}/{identifier}"
    return f"{prefix}:vpc/*" if action == "CreateVpc" else "*"
