"""Quotas of IAM and Lambda. ministack has none of them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

import re

from ministack.services import iam, lambda_svc

# In characters, without white space.
MANAGED_POLICY, INLINE_POLICIES_OF_ROLE, TRUST_POLICY = 6_144, 10_240, 2_048
POLICIES_OF_ROLE = 10
ROLE_NAME = FUNCTION_NAME = 64
ENVIRONMENT_VARIABLES_BYTES = 4_096


def quotas():
    """IAM and Lambda refuse what is over their quotas."""
    for action, broken_quota in {
        "CreatePolicy": _policy_size,
        "CreatePolicyVersion": _policy_size,
        "CreateRole": lambda p: _role_name(p) or _trust_policy_size(iam._p(p, "AssumeRolePolicyDocument")),
        "UpdateAssumeRolePolicy": lambda p: _trust_policy_size(iam._p(p, "PolicyDocument")),
        "PutRolePolicy": _inline_policies_size,
        "AttachRolePolicy": _attached_policies,
    }.items():
        iam._IAM_HANDLERS[action] = _within(iam._IAM_HANDLERS[action], broken_quota)
    create, update = lambda_svc._create_function, lambda_svc._update_config
    lambda_svc._create_function = lambda data: _function_fault(data) or create(data)
    lambda_svc._update_config = lambda name, data: _function_fault(data) or update(name, data)


def _within(handler, broken_quota):
    def handler_within(params):
        message = broken_quota(params)
        return iam._error(409, "LimitExceeded", message, ns="iam") if message else handler(params)

    return handler_within


def _size(document):
    return len(re.sub(r"\s", "", document))


def _policy_size(params):
    if _size(iam._p(params, "PolicyDocument")) > MANAGED_POLICY:
        return f"Cannot exceed quota for PolicySize: {MANAGED_POLICY}"


def _role_name(params):
    if len(iam._p(params, "RoleName")) > ROLE_NAME:
        return f"Value at 'roleName' must have length less than or equal to {ROLE_NAME}"


def _trust_policy_size(document):
    if _size(document) > TRUST_POLICY:
        return f"Cannot exceed quota for ACLSizePerRole: {TRUST_POLICY}"


def _inline_policies_size(params):
    name = iam._p(params, "RoleName")
    role = iam._roles.get(name) or {"InlinePolicies": {}}
    documents = {**role["InlinePolicies"], iam._p(params, "PolicyName"): iam._p(params, "PolicyDocument")}
    if sum(_size(document) for document in documents.values()) > INLINE_POLICIES_OF_ROLE:
        return f"Maximum policy size of {INLINE_POLICIES_OF_ROLE} bytes exceeded for role {name}"


def _attached_policies(params):
    role = iam._roles.get(iam._p(params, "RoleName")) or {"AttachedPolicies": []}
    if len({*role["AttachedPolicies"], iam._p(params, "PolicyArn")}) > POLICIES_OF_ROLE:
        return f"Cannot exceed quota for PoliciesPerRole: {POLICIES_OF_ROLE}"


def _function_fault(data):
    variables = (data.get("Environment") or {}).get("Variables") or {}
    if sum(len(f"{name}{value}".encode()) for name, value in variables.items()) > ENVIRONMENT_VARIABLES_BYTES:
        message = (
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided exceeded the 4KB limit."
        )
    elif len(data.get("FunctionName", "")) > FUNCTION_NAME and not data["FunctionName"].startswith("arn:"):
        message = f"Value at 'functionName' must have length less than or equal to {FUNCTION_NAME}"
    else:
        return None
    return lambda_svc.error_response_json("InvalidParameterValueException", message, 400)
