"""Subnet groups and parameter groups of DAX.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.concepts.cluster.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.cluster-management.html
"""

from ministack.services import ec2

from dax_state import Refusal, clusters, found, page, parameter_groups, subnet_groups

DEFAULT_PARAMETER_GROUP = "default.dax1.0"

# The only parameters, in milliseconds. Zero is infinite.
PARAMETERS = {
    "query-ttl-millis": "Duration in milliseconds for queries to remain cached",
    "record-ttl-millis": "Duration in milliseconds for records to remain valid in cache (Default: 0 = infinite)",
}
DEFAULT_MILLISECONDS = "300000"


def parameters_of(name):
    """The parameters of a group, by their name."""
    return {**dict.fromkeys(PARAMETERS, DEFAULT_MILLISECONDS), **_parameter_group(name).get("_parameters", {})}


def create_subnet_group(request):
    name = request["SubnetGroupName"]
    if name in subnet_groups:
        raise Refusal("SubnetGroupAlreadyExistsFault", f"Subnet group already exists: {name}")
    subnet_groups[name] = {
        "SubnetGroupName": name,
        "Description": request.get("Description", ""),
        **_subnets(request["SubnetIds"]),
    }
    return {"SubnetGroup": subnet_groups[name]}


def update_subnet_group(request):
    group = _subnet_group(request["SubnetGroupName"])
    if "Description" in request:
        group["Description"] = request["Description"]
    if "SubnetIds" in request:
        kept = {subnet["SubnetIdentifier"] for subnet in group["Subnets"]} & set(request["SubnetIds"])
        if len(kept) < len(group["Subnets"]) and _is_used("SubnetGroup", group["SubnetGroupName"]):
            raise Refusal("SubnetInUse", "A subnet of a cluster can't be removed")
        group.update(_subnets(request["SubnetIds"]))
    return {"SubnetGroup": group}


def delete_subnet_group(request):
    name = _subnet_group(request["SubnetGroupName"])["SubnetGroupName"]
    if _is_used("SubnetGroup", name):
        raise Refusal("SubnetGroupInUseFault", f"Subnet group is in use: {name}")
    del subnet_groups[name]
    return {"DeletionMessage": f"Subnet group {name} has been deleted."}


def describe_subnet_groups(request):
    names = request.get("SubnetGroupNames")
    groups = list(subnet_groups.values()) if not names else [_subnet_group(name) for name in names]
    return page(groups, request, "SubnetGroups")


def create_parameter_group(request):
    name = request["ParameterGroupName"]
    if name in parameter_groups or name == DEFAULT_PARAMETER_GROUP:
        raise Refusal("ParameterGroupAlreadyExistsFault", f"Parameter group already exists: {name}")
    parameter_groups[name] = {"ParameterGroupName": name, "Description": request.get("Description", "")}
    return {"ParameterGroup": _shown(parameter_groups[name])}


def update_parameter_group(request):
    group = _own_parameter_group(request["ParameterGroupName"])
    values = {each.get("ParameterName"): each.get("ParameterValue") for each in request["ParameterNameValues"]}
    for name, value in values.items():
        if name not in PARAMETERS or not str(value).isdecimal():
            raise Refusal("InvalidParameterValueException", f"Invalid parameter: {name} = {value}")
    # It takes effect at once, in every node.
    group["_parameters"] = {**group.get("_parameters", {}), **values}
    return {"ParameterGroup": _shown(group)}


def delete_parameter_group(request):
    name = _own_parameter_group(request["ParameterGroupName"])["ParameterGroupName"]
    if any(cluster["ParameterGroup"]["ParameterGroupName"] == name for cluster in clusters.values()):
        raise Refusal("InvalidParameterGroupStateFault", f"Parameter group is in use: {name}")
    del parameter_groups[name]
    return {"DeletionMessage": f"Parameter group {name} has been deleted."}


def describe_parameter_groups(request):
    names = request.get("ParameterGroupNames") or [DEFAULT_PARAMETER_GROUP, *parameter_groups.keys()]
    return page([_shown(_parameter_group(name)) for name in names], request, "ParameterGroups")


def describe_parameters(request):
    values = parameters_of(request["ParameterGroupName"])
    shown = [
        {
            "ParameterName": name,
            "ParameterType": "DEFAULT",
            "ParameterValue": values[name],
            "NodeTypeSpecificValues": [],
            "Description": description,
            "Source": "user",
            "DataType": "integer",
            "AllowedValues": "0-",
            "IsModifiable": "TRUE",
            "ChangeType": "IMMEDIATE",
        }
        for name, description in PARAMETERS.items()
    ]
    return page(shown, request, "Parameters")


def describe_default_parameters(request):
    return describe_parameters({**request, "ParameterGroupName": DEFAULT_PARAMETER_GROUP})


OPERATIONS = {
    "CreateSubnetGroup": create_subnet_group,
    "UpdateSubnetGroup": update_subnet_group,
    "DeleteSubnetGroup": delete_subnet_group,
    "DescribeSubnetGroups": describe_subnet_groups,
    "CreateParameterGroup": create_parameter_group,
    "UpdateParameterGroup": update_parameter_group,
    "DeleteParameterGroup": delete_parameter_group,
    "DescribeParameterGroups": describe_parameter_groups,
    "DescribeParameters": describe_parameters,
    "DescribeDefaultParameters": describe_default_parameters,
}


def _subnets(identifiers):
    unknown = [identifier for identifier in identifiers if identifier not in ec2._subnets]
    if unknown:
        raise Refusal("InvalidSubnet", f"Invalid subnet: {unknown[0]}")
    subnets = [ec2._subnets[identifier] for identifier in identifiers]
    vpcs = {subnet["VpcId"] for subnet in subnets}
    if len(vpcs) != 1:
        raise Refusal("InvalidSubnet", "The subnets of a subnet group must be in one VPC")
    zones = [
        {"SubnetIdentifier": subnet["SubnetId"], "SubnetAvailabilityZone": subnet["AvailabilityZone"]}
        for subnet in subnets
    ]
    return {"VpcId": vpcs.pop(), "Subnets": zones}


def _subnet_group(name):
    return found(subnet_groups, name, "SubnetGroupNotFoundFault", "Subnet group")


def _parameter_group(name):
    if name == DEFAULT_PARAMETER_GROUP:
        return {"ParameterGroupName": name, "Description": "Default parameter group for DAX 1.0"}
    return found(parameter_groups, name, "ParameterGroupNotFoundFault", "Parameter group")


def _own_parameter_group(name):
    if name == DEFAULT_PARAMETER_GROUP:
        raise Refusal("InvalidParameterGroupStateFault", "A default parameter group can't be changed or deleted")
    return _parameter_group(name)


def _shown(group):
    return {name: group[name] for name in ("ParameterGroupName", "Description")}


def _is_used(field, name):
    return any(cluster[field] == name for cluster in clusters.values())
