"""Clients with which a service calls another service of the embedded AWS: with a role that it has taken, or for its caller."""

import os
import secrets

import botocore.config
import botocore.session
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import sts

# The server is this process: a request that it can't serve fails, and isn't repeated.
CONFIG = botocore.config.Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})


def client_of_role(service, role_arn, session_name):
    """A client of a service, such as `dynamodb`, with the permissions of a role of the current account."""
    access_key, secret, token = f"ASIA{secrets.token_hex(8).upper()}", secrets.token_hex(20), secrets.token_hex(20)
    role = role_arn.rsplit("/", 1)[-1]
    sts.register_session(access_key, {
        "Arn": f"arn:aws:sts::{get_account_id()}:assumed-role/{role}/{session_name}",
        "UserId": f"{role}:{session_name}",
        "SecretAccessKey": secret,
        "SessionToken": token,
    })
    return _client(service, access_key, secret, token)


def client_of_caller(service, access_key):
    """The same with the permissions of a request's caller."""
    credential = iam_evaluator.resolve_credential(access_key, get_account_id())
    return _client(service, access_key, credential.secret_access_key, credential.session_token)


def _client(service, access_key, secret, token):
    return botocore.session.Session().create_client(
        service,
        region_name=get_region(),
        endpoint_url=f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        aws_access_key_id=access_key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=CONFIG,
    )
