"""The data plane of a DAX cluster: what ../dax serves, with the permissions of the cluster's role and of its callers.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.access-control.html
"""

import contextvars
import functools
import os
import ssl
import tempfile
import threading

import trustme
from dax.errors import refused
from dax.node import Node
from dax.server import Endpoint
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region

import caller_permissions
import metric_data
import role_sessions
from dax_groups import parameters_of

NAMESPACE = "AWS/DAX"

# Of the authority that has signed the certificates of the clusters, in the run folder. Clients have to trust it.
AUTHORITY_FILE = "dax-authority.pem"

# AWS adds metrics every minute.
METRIC_SECONDS = 30

# Of a node, whatever it does: it has no processor of its own.
IDLE_PERCENT = 1


def serve(cluster):
    """Serves a cluster of the current account and region. Returns the endpoint."""
    encrypted = cluster["ClusterEndpointEncryptionType"] == "TLS"
    parameters = in_this_context(lambda: parameters_of(cluster["ParameterGroup"]["ParameterGroupName"]))
    database = role_sessions.client_of_role("dynamodb", cluster["IamRoleArn"], "dax")
    node = Node(database, parameters, in_this_context(_counter(cluster)))
    return Endpoint(node, _Access(cluster["ClusterArn"]), _tls() if encrypted else None)


def show_life(cluster, exists):
    """Adds the processor utilization of each node now and every half minute, as long as the cluster exists."""
    if not exists():
        return
    for node in cluster["Nodes"]:
        _add_metric(cluster, node, "CPUUtilization", "Percent", IDLE_PERCENT)
    timer = threading.Timer(METRIC_SECONDS, in_this_context(lambda: show_life(cluster, exists)))
    timer.daemon = True
    timer.start()


def in_this_context(function):
    """The function, run in the current account and region, from any thread."""
    context = contextvars.copy_context()
    return lambda *parameters: context.copy().run(function, *parameters)


class _Access:
    def __init__(self, arn):
        self._arn, self._account = arn, get_account_id()
        self.secret, self.check = in_this_context(self._secret), in_this_context(self._check)

    def _secret(self, access_key, session_token):
        credential = iam_evaluator.resolve_credential(access_key, self._account, session_token)
        if isinstance(credential, iam_evaluator.CredentialResolutionError):
            raise refused(credential.code, credential.message)
        # As everywhere in the embedded AWS, the root user of an account has any secret.
        return None if credential.principal_type == "Root" else credential.secret_access_key

    def _check(self, access_key, action):
        for message in caller_permissions.lacking(access_key, [(action, self._arn)]):
            raise refused("AccessDeniedException", message)


@functools.cache
def _tls():
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(os.path.join(tempfile.gettempdir(), AUTHORITY_FILE))
    return context


def _counter(cluster):
    return lambda name, value: _add_metric(cluster, cluster["Nodes"][0], name, "Count", value)


def _add_metric(cluster, node, name, unit, value):
    of_cluster = {"ClusterId": cluster["ClusterName"]}
    for dimensions in (of_cluster, {**of_cluster, "NodeId": node["NodeId"]}):
        metric_data.aggregate(NAMESPACE, name, dimensions, unit, value)
