"""The permissions that requests of DAX need.

Only actions on a cluster know a resource. Who creates a cluster needs iam:PassRole for its role and, for the first one of
an account, iam:CreateServiceLinkedRole.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodbacceleratordax.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/using-service-linked-roles.html
"""

from ministack.core import iam_actions
from ministack.services import tagging

import caller_permissions
from dax_state import SERVICE, SERVICE_PRINCIPAL, cluster_arn, tags
from service_linked_roles import ServiceLinkedRole

ROLE = ServiceLinkedRole("AWSServiceRoleForDAX", SERVICE_PRINCIPAL)

# The operations with which the use of DAX begins.
FIRST_USES = ("CreateCluster", "CreateSubnetGroup")


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
    """What to say of each other permission that the caller lacks."""
    needed = [*ROLE.needed()] if operation in FIRST_USES else []
    if operation == "CreateCluster":
        needed.append(("iam:PassRole", request["IamRoleArn"], {"iam:PassedToService": SERVICE_PRINCIPAL}))
    return caller_permissions.missing(headers, query_params, needed)
