"""Clusters of DAX, and their nodes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.concepts.cluster.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.cluster-management.html
"""

import re
import threading
import time

from ministack.services import ec2

import dax_data_plane
from dax_groups import DEFAULT_PARAMETER_GROUP, parameters_of
from dax_state import (
    SERVICE_PRINCIPAL,
    Refusal,
    cluster_arn,
    clusters,
    found,
    page,
    parameter_groups,
    public,
    subnet_groups,
    tags,
)
from role_permissions import can_take

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.create-cluster.cli.html
NAME = re.compile(r"[a-z](?!.*--)[a-z0-9-]{0,19}(?<!-)")

# https://aws.amazon.com/dynamodb/pricing/
NODE_TYPE = re.compile(r"dax\.(t[23]\.(small|medium)|r[345]\.(large|\d*xlarge))")

# A primary node and ten replicas.
MAXIMUM_NODES = 11

# AWS takes minutes.
STEP_SECONDS = 0.2

HOST = "127.0.0.1"


def create(request):
    name = request["ClusterName"]
    if not NAME.fullmatch(name):
        raise Refusal("InvalidParameterValueException", f"Invalid cluster name: {name}")
    if name in clusters:
        raise Refusal("ClusterAlreadyExistsFault", f"Cluster already exists: {name}")
    _check(request)
    arn, group = cluster_arn(name), request.get("ParameterGroupName", DEFAULT_PARAMETER_GROUP)
    parameters_of(group)
    subnet_group = found(
        subnet_groups, request.get("SubnetGroupName", "default"), "SubnetGroupNotFoundFault", "Subnet group"
    )
    cluster = {
        "ClusterName": name,
        "ClusterArn": arn,
        "Description": request.get("Description", ""),
        "TotalNodes": request["ReplicationFactor"],
        "NodeType": request["NodeType"],
        "Nodes": [],
        "PreferredMaintenanceWindow": request.get("PreferredMaintenanceWindow", "sun:05:00-sun:06:00"),
        "SubnetGroup": subnet_group["SubnetGroupName"],
        "SecurityGroups": _security_groups(request.get("SecurityGroupIds", [])),
        "IamRoleArn": request["IamRoleArn"],
        "ParameterGroup": {"ParameterGroupName": group, "ParameterApplyStatus": "in-sync", "NodeIdsToReboot": []},
        "SSEDescription": {"Status": "ENABLED" if request.get("SSESpecification", {}).get("Enabled") else "DISABLED"},
        "ClusterEndpointEncryptionType": request.get("ClusterEndpointEncryptionType", "NONE"),
        "NetworkType": request.get("NetworkType", "ipv4"),
        **_notification(request.get("NotificationTopicArn"), "active"),
    }
    cluster["_endpoint"] = dax_data_plane.serve(cluster)
    clusters[name] = cluster
    tags[arn] = {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}
    _add_nodes(cluster, request.get("AvailabilityZones"))
    _passes_through(cluster, "creating", lambda: _begin(cluster))
    return {"Cluster": public(cluster)}


def update(request):
    cluster = _available(request["ClusterName"])
    for name in ("Description", "PreferredMaintenanceWindow"):
        if name in request:
            cluster[name] = request[name]
    if "SecurityGroupIds" in request:
        cluster["SecurityGroups"] = _security_groups(request["SecurityGroupIds"])
    if "ParameterGroupName" in request:
        parameters_of(request["ParameterGroupName"])
        cluster["ParameterGroup"]["ParameterGroupName"] = request["ParameterGroupName"]
    if "NotificationTopicArn" in request or "NotificationTopicStatus" in request:
        topic = request.get("NotificationTopicArn", cluster.get("NotificationConfiguration", {}).get("TopicArn"))
        cluster.update(_notification(topic, request.get("NotificationTopicStatus", "active")))
    _passes_through(cluster, "modifying")
    return {"Cluster": public(cluster)}


def increase(request):
    cluster, total = _available(request["ClusterName"]), request["NewReplicationFactor"]
    if not cluster["TotalNodes"] < total <= MAXIMUM_NODES:
        raise Refusal("InvalidParameterValueException", f"Invalid replication factor: {total}")
    cluster["TotalNodes"] = total
    _add_nodes(cluster, request.get("AvailabilityZones"))
    _passes_through(cluster, "modifying")
    return {"Cluster": public(cluster)}


def decrease(request):
    cluster, total = _available(request["ClusterName"]), request["NewReplicationFactor"]
    if not 1 <= total < cluster["TotalNodes"]:
        raise Refusal("InvalidParameterValueException", f"Invalid replication factor: {total}")
    cluster["TotalNodes"], cluster["Nodes"] = total, cluster["Nodes"][:total]
    _passes_through(cluster, "modifying")
    return {"Cluster": public(cluster)}


def reboot_node(request):
    cluster = _available(request["ClusterName"])
    if all(node["NodeId"] != request["NodeId"] for node in cluster["Nodes"]):
        raise Refusal("NodeNotFoundFault", f"Node not found: {request['NodeId']}")
    # It keeps what is in the cache.
    _passes_through(cluster, "modifying")
    return {"Cluster": public(cluster)}


def delete(request):
    cluster = _available(request["ClusterName"])
    cluster["_endpoint"].stop()

    def remove():
        del clusters[cluster["ClusterName"]]
        tags.pop(cluster["ClusterArn"], None)

    _passes_through(cluster, "deleting", remove)
    return {"Cluster": public(cluster)}


def describe(request):
    names = request.get("ClusterNames")
    described = list(clusters.values()) if not names else [_cluster(name) for name in names]
    return page([public(cluster) for cluster in described], request, "Clusters")


def list_tags(request):
    return _tag_list(_tags_of(request))


def tag(request):
    of_cluster = _tags_of(request)
    of_cluster.update({each["Key"]: each["Value"] for each in request["Tags"]})
    return _tag_list(of_cluster)


def untag(request):
    of_cluster = _tags_of(request)
    for key in request["TagKeys"]:
        of_cluster.pop(key, None)
    return _tag_list(of_cluster)


def clear():
    """Stops every cluster and forgets all."""
    for cluster in clusters._data.values():
        cluster["_endpoint"].stop()
    for kept in (clusters, subnet_groups, parameter_groups, tags):
        kept.clear()


OPERATIONS = {
    "CreateCluster": create,
    "UpdateCluster": update,
    "IncreaseReplicationFactor": increase,
    "DecreaseReplicationFactor": decrease,
    "RebootNode": reboot_node,
    "DeleteCluster": delete,
    "DescribeClusters": describe,
    "ListTags": list_tags,
    "TagResource": tag,
    "UntagResource": untag,
}


def _check(request):
    count, zones = request["ReplicationFactor"], request.get("AvailabilityZones")
    if not 1 <= count <= MAXIMUM_NODES:
        raise Refusal("InvalidParameterValueException", f"Invalid replication factor: {count}")
    if zones and len(zones) != count:
        raise Refusal("InvalidParameterCombinationException", "There must be an Availability Zone for each node")
    if not NODE_TYPE.fullmatch(request["NodeType"]):
        raise Refusal("InvalidParameterValueException", f"Invalid node type: {request['NodeType']}")
    if not can_take(SERVICE_PRINCIPAL, request["IamRoleArn"]):
        raise Refusal("InvalidParameterValueException", f"DAX can't assume the role {request['IamRoleArn']}")


def _security_groups(identifiers):
    unknown = [identifier for identifier in identifiers if identifier not in ec2._security_groups]
    if unknown:
        raise Refusal("InvalidParameterValueException", f"Invalid security group: {unknown[0]}")
    return [{"SecurityGroupIdentifier": identifier, "Status": "active"} for identifier in identifiers]


def _notification(topic, status):
    return {"NotificationConfiguration": {"TopicArn": topic, "TopicStatus": status}} if topic else {}


def _add_nodes(cluster, zones=None):
    endpoint, count = cluster["_endpoint"], len(cluster["Nodes"])
    group = subnet_groups[cluster["SubnetGroup"]]
    zones = zones or [subnet["SubnetAvailabilityZone"] for subnet in group["Subnets"]]
    scheme = "daxs" if cluster["ClusterEndpointEncryptionType"] == "TLS" else "dax"
    address = {"Address": HOST, "Port": endpoint.port}
    cluster["ClusterDiscoveryEndpoint"] = {**address, "URL": f"{scheme}://{HOST}:{endpoint.port}"}
    for number in range(count, cluster["TotalNodes"]):
        node = {
            "NodeId": f"{cluster['ClusterName']}-{chr(ord('a') + number)}",
            "Endpoint": address,
            "NodeCreateTime": time.time(),
            "AvailabilityZone": zones[number % len(zones)],
            "NodeStatus": "available",
            "ParameterGroupStatus": "in-sync",
        }
        cluster["Nodes"].append(node)


def _passes_through(cluster, status, end=None):
    """A cluster has a status for a moment, and is then available, unless it ends."""
    cluster["Status"], cluster["ActiveNodes"] = status, 0 if status == "creating" else cluster["TotalNodes"]
    end = end or (lambda: _become_available(cluster))
    threading.Timer(STEP_SECONDS, dax_data_plane.in_this_context(end)).start()


def _become_available(cluster):
    cluster.update(Status="available", ActiveNodes=cluster["TotalNodes"])


def _begin(cluster):
    _become_available(cluster)
    dax_data_plane.show_life(cluster, lambda: clusters.get(cluster["ClusterName"]) is cluster)


def _cluster(name):
    return found(clusters, name, "ClusterNotFoundFault", "Cluster")


def _available(name):
    cluster = _cluster(name)
    if cluster["Status"] != "available":
        raise Refusal("InvalidClusterStateFault", f"Cluster {name} is {cluster['Status']}")
    return cluster


def _tags_of(request):
    return found(tags, request["ResourceName"], "ClusterNotFoundFault", "Cluster")


def _tag_list(of_cluster):
    return {"Tags": [{"Key": key, "Value": value} for key, value in of_cluster.items()]}
