"""Amazon DynamoDB Accelerator (DAX): its clusters, subnet groups and parameter groups. ministack has no such service.

The nodes of a cluster are served by ../dax, on one port of 127.0.0.1.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Accelerator_(DAX).html
"""

import json
import sys

import botocore.session
from botocore.validate import ParamValidator
from ministack import app
from ministack.core import iam_actions, router
from ministack.core.responses import error_response_json, json_response

import dax_clusters
import dax_groups
import dax_permissions
import metric_data
from dax_state import SERVICE, Refusal

OPERATIONS = {**dax_clusters.OPERATIONS, **dax_groups.OPERATIONS}

_model = botocore.session.Session().get_service_model(SERVICE)

reset = dax_clusters.clear


def dynamodb_accelerator():
    """The service answers requests, and IAM checks them."""
    metric_data.keep_while_evicting()
    app._loaded_modules["dax_service"] = sys.modules[__name__]
    app.SERVICE_REGISTRY[SERVICE] = {"module": "dax_service"}
    app.SERVICE_HANDLERS[SERVICE] = handle_request
    router.SERVICE_PATTERNS[SERVICE] = {"target_prefixes": ["AmazonDAXV3"]}
    iam_actions.SERVICE_TO_IAM_NAMESPACE[SERVICE] = SERVICE
    dax_permissions.check()


async def handle_request(_method, _path, headers, body, query_params):
    name = headers.get("x-amz-target", "").rpartition(".")[2]
    try:
        if name not in OPERATIONS:
            raise Refusal("UnknownOperationException", f"{name} is not implemented in the embedded AWS")
        request = json.loads(body or b"{}")
        report = ParamValidator().validate(request, _model.operation_model(name).input_shape)
        if report.has_errors():
            raise Refusal("InvalidParameterValueException", report.generate_report())
        for missing in dax_permissions.missing(headers, query_params, name, request):
            raise Refusal("AccessDeniedException", missing)
        if name in dax_permissions.FIRST_USES:
            dax_permissions.ROLE.create()
        return json_response(OPERATIONS[name](request))
    except Refusal as refusal:
        return error_response_json(*refusal.args, 400)
