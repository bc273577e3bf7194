"""The permissions that requests of DAX need.

Only actions on a cluster know a resource. Who creates a cluster needs iam:PassRole for its role and, for the first one of
an account, iam:CreateServiceLinkedRole.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodbacceleratordax.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/using-service-linked-roles.html
"""

import json

from ministack.core import iam_actions
from ministack.core.responses import get_account_id
from ministack.services import iam, tagging

import caller_permissions
from dax_state import SERVICE, cluster_arn, tags

SERVICE_PRINCIPAL = "dax.amazonaws.com"
SERVICE_LINKED_ROLE = "AWSServiceRoleForDAX"


def check():
    """IAM checks the cluster of a request."""
    extract = iam_actions.extract_resource_arn

    def extract_corrected(service, method, path, headers, body, query_params, region, account_id):
        if service != SERVICE:
            return extract(service, method, path, headers, body, query_params, region, account_id)
        request = caller_permissions.request_of(body)
        names = [request["ClusterName"]] if "ClusterName" in request else request.get("ClusterNames", [])
        # Of several clusters, each must be allowed, and here the first stands for all.
        return request.get("ResourceName") or (cluster_arn(names[0]) if names else "*")

    iam_actions.extract_resource_arn = extract_corrected
    tagging._RESOURCE_TAG_COLLECTORS[SERVICE] = lambda: (
        (arn, [{"Key": key, "Value": value} for key, value in of_cluster.items()]) for arn, of_cluster in tags.items()
    )


def missing(headers, query_params, operation, request):
    """Yields what to say of each other permission that the caller lacks."""
    needed = []
    if operation == "CreateCluster":
        needed.append(("iam:PassRole", request["IamRoleArn"], {"iam:PassedToService": SERVICE_PRINCIPAL}))
    if operation in ("CreateCluster", "CreateSubnetGroup") and SERVICE_LINKED_ROLE not in iam._roles:
        needed.append(("iam:CreateServiceLinkedRole", _role_arn(), {"iam:AWSServiceName": SERVICE_PRINCIPAL}))
    yield from caller_permissions.missing(headers, query_params, needed)
    if needed and SERVICE_LINKED_ROLE not in iam._roles:
        _create_service_linked_role()


def _create_service_linked_role():
    trust = {"Effect": "Allow", "Principal": {"Service": SERVICE_PRINCIPAL}, "Action": "sts:AssumeRole"}
    iam._IAM_HANDLERS["CreateRole"]({
        "RoleName": [SERVICE_LINKED_ROLE],
        "Path": [f"/aws-service-role/{SERVICE_PRINCIPAL}/"],
        "AssumeRolePolicyDocument": [json.dumps({"Version": "2012-10-17", "Statement": [trust]})],
    })


def _role_arn():
    return f"arn:aws:iam::{get_account_id()}:role/aws-service-role/{SERVICE_PRINCIPAL}/{SERVICE_LINKED_ROLE}"
