"""A DAX node by itself, before any DynamoDB: `python -m dax --help`."""

import argparse
import signal

import botocore.session

from .errors import refused
from .node import DEFAULT_TIME_TO_LIVE, Node
from .server import Endpoint


class OneCaller:
    """The caller with the node's own credentials may do everything, and nobody else anything."""

    def __init__(self, credentials):
        self._credentials = credentials

    def secret(self, access_key, _session_token):
        if access_key != self._credentials.access_key:
            raise refused("UnrecognizedClientException", f"The access key {access_key} is not the node's")
        return self._credentials.secret_key

    def check(self, _access_key, _action):
        """Nothing is forbidden."""


def main():
    parser = argparse.ArgumentParser(
        prog="python -m dax",
        description="Serves a DAX node on 127.0.0.1 until it is stopped. DynamoDB and the clients use the credentials that"
        " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY name.",
    )
    parser.add_argument("--port", type=int, default=8111, help="0 for a free one (default: %(default)s)")
    parser.add_argument("--endpoint-url", help="of DynamoDB (default: AWS's)")
    parser.add_argument("--region", help="(default: AWS_DEFAULT_REGION)")
    for name, what in (("record", "items"), ("query", "results of queries")):
        parser.add_argument(
            f"--{name}-ttl-millis",
            type=int,
            default=DEFAULT_TIME_TO_LIVE,
            help=f"how long {what} are cached, 0 for ever (default: %(default)s)",
        )
    arguments = parser.parse_args()
    session = botocore.session.Session()
    if session.get_credentials() is None:
        parser.error("no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    database = session.create_client("dynamodb", endpoint_url=arguments.endpoint_url, region_name=arguments.region)
    parameters = {name.replace("_", "-"): value for name, value in vars(arguments).items() if name.endswith("_millis")}
    endpoint = Endpoint(Node(database, lambda: parameters), OneCaller(session.get_credentials()), port=arguments.port)
    print(f"dax://127.0.0.1:{endpoint.port}", flush=True)
    signal.sigwait((signal.SIGINT, signal.SIGTERM))
    endpoint.stop()


if __name__ == "__main__":
    main()
