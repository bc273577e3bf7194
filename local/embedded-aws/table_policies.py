"""The policies of DynamoDB tables and streams: they count, and other accounts can be allowed by them.

ministack stores them, and neither asks them nor finds the table of another account.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-cross-account-access.html
"""

import json
import re

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import dynamodb, dynamodb_streams


def table_policies():
    """A request is checked against the policy of its table or stream, and reaches a table of another account by its ARN."""
    dynamodb.resource_policy_for_arn = policy_of
    for service in ("dynamodb", "dynamodbstreams"):
        iam_evaluator._RESOURCE_POLICY_LOOKUPS[service] = ("dynamodb", "resource_policy_for_arn")
    for module in (dynamodb, dynamodb_streams):
        module.handle_request = _in_account_of_resource(module.handle_request)
    delete = dynamodb._delete_table

    def delete_corrected(data):
        answer = delete(data)
        if answer[0] == 200:
            dynamodb._resource_policies.pop(json.loads(answer[2])["TableDescription"]["TableArn"], None)
        return answer

    dynamodb._delete_table = delete_corrected


def policy_of(arn):
    """The policy of a table, which counts for its indexes too, or of a stream; and the account that owns it."""
    if not arn.startswith("arn:aws:dynamodb:"):
        return None
    region, account = arn.split(":")[3:5]
    resource = re.sub(r"/index/.*", "", arn)
    stored = dynamodb._resource_policies.get_scoped(account, region, resource) or {}
    return stored.get("Policy"), account


def _in_account_of_resource(handle):
    async def handle_corrected(method, path, headers, body, query_params):
        arn = resource_arn(json.loads(body or b"{}"))
        if not arn or arn.split(":")[4] == get_account_id():
            return await handle(method, path, headers, body, query_params)
        with request_scope(arn.split(":")[4], get_region()):
            return await handle(method, path, headers, body, query_params)

    return handle_corrected


def resource_arn(data):
    """The ARN of the table or stream that a request names; a table may be named without."""
    iterator = dynamodb_streams._decode_iterator(data.get("ShardIterator") or "") or {}
    named = [data.get("TableName"), data.get("StreamArn"), iterator.get("arn"), *(data.get("RequestItems") or {})]
    return next((name for name in named if isinstance(name, str) and name.startswith("arn:")), "")


def principal_arn():
    """aws:PrincipalArn of a role's session is the ARN of the role.

    In ministack it is the ARN of the session.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """
    resolve = iam_evaluator._resolve_condition_key

    def resolve_corrected(key, ctx):
        session = re.fullmatch(r"arn:aws:sts::(\d+):assumed-role/(.+)/[^/]+", ctx.principal_arn)
        if key.lower() != "aws:principalarn" or not session:
            return resolve(key, ctx)
        return f"arn:aws:iam::{session[1]}:role/{session[2]}"

    iam_evaluator._resolve_condition_key = resolve_corrected
