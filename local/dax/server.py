"""A DAX endpoint: it takes the connections of DAX clients, and answers their requests one after the other.

A connection begins with a greeting. Then the client sends requests, each the number of a service, the number of a method
and its parameters; and, before the first one and every few minutes, who it is, which is answered only if it is refused.
"""

import contextlib
import hashlib
import hmac
import socket
import socketserver
import sys
import threading
import time

import cbor2

from . import requests
from .errors import NOT_AUTHENTICATED, DaxError, dynamodb_error, not_implemented, refused
from .responses import Encoder, failure, success

GREETING = "J7yne5G"
SERVICE = 1

# Of a client's credentials; it signs anew after half of this time.
SIGNATURE_SECONDS = 5 * 60

LEADER = 1


class AttributeLists:
    """Lists of attribute names by their id, the same for all connections of a cluster. The empty list is 1."""

    def __init__(self):
        self._lists, self._ids, self._lock = {1: ()}, {(): 1}, threading.Lock()

    def id_of(self, names):
        """The id of a list, which is assigned when it is asked for."""
        with self._lock:
            number = self._ids.setdefault(names, len(self._ids) + 1)
            self._lists[number] = names
            return number

    def names_of(self, number):
        """The names of a list."""
        if number not in self._lists:
            raise dynamodb_error("ValidationException", f"There is no attribute list {number}")
        return self._lists[number]


class Endpoint(socketserver.ThreadingTCPServer):
    """Listens on 127.0.0.1 for the clients of a node, until `stop`.

    `access` says what callers may: `access.secret(access_key, session_token)` returns the secret access key, None if any
    will do, or raises DaxError; `access.check(access_key, action)` raises DaxError unless the caller may do a dax action.
    `tls` is a server's SSL context, or None for a cluster without encryption in transit.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, node, access, tls=None, port=0):
        self.node, self.access, self.tls = node, access, tls
        self.lists, self.connections = AttributeLists(), set()
        super().__init__(("127.0.0.1", port), _Connection)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def port(self):
        """The port that it listens on."""
        return self.server_address[1]

    def stop(self):
        """Closes the endpoint and every connection."""
        self.shutdown()
        self.server_close()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request, client_address):
        """A connection that breaks is no error of the endpoint; any other is in its log."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def setup(self):
        if self.server.tls:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.server.connections.add(self.request)
        super().setup()
        self._caller, self._refused, self._authenticated = None, None, 0

    def handle(self):
        read = cbor2.CBORDecoder(self.rfile).decode
        if read() != GREETING:
            return
        for _part in ("version", "session", "client", "flags"):
            read()
        try:
            while self._answer(read):
                pass
        except (cbor2.CBORDecodeEOF, OSError):
            pass

    def finish(self):
        self.server.connections.discard(self.request)
        super().finish()
        self.request.close()

    def _answer(self, read):
        """Answers a request. Returns whether another one can be read."""
        service, method = read(), read()
        name, count = requests.REFUSED.get(method, (f"Method {method} of service {service}", None))
        count = requests.PARAMETERS.get(method, count)
        if service != SERVICE or count is None:
            self.wfile.write(failure(not_implemented(name)))
            return False
        parameters = [read() for _ in range(count)]
        if method == requests.AUTHORIZE_CONNECTION:
            self._authenticate(*parameters)
            return True
        try:
            self._check_authenticated()
            if method in requests.REFUSED:
                raise not_implemented(name)
            self.wfile.write(success(METHODS[method](self, *parameters)))
        except DaxError as error:
            self.server.node.count("FailedRequestCount", 1)
            self.wfile.write(failure(error))
        except Exception as error:
            self.wfile.write(failure(dynamodb_error("InternalServerError", f"The local DAX failed: {error!r}", 500)))
            raise
        return True

    def _authenticate(self, access_key, signature, string_to_sign, session_token, _client):
        try:
            secret = self.server.access.secret(access_key, session_token)
            if secret is not None and not hmac.compare_digest(_signature(secret, string_to_sign.decode()), signature):
                raise refused("InvalidSignatureException", "The signature doesn't match the access key's secret")
            self._caller, self._refused, self._authenticated = access_key, None, time.monotonic()
        except DaxError as error:
            self._refused = error

    def _check_authenticated(self):
        if self._refused:
            raise self._refused
        if self._caller is None or time.monotonic() - self._authenticated > SIGNATURE_SECONDS:
            message = "The connection is not authenticated"
            raise DaxError(NOT_AUTHENTICATED, message, "MissingAuthenticationTokenException")

    def _endpoints(self):
        address = bytes(map(int, self.server.server_address[0].split(".")))
        return [[1, self.server.server_address[0], address, self.server.port, LEADER, "local", 1]]

    def _key_schema(self, table):
        return dict(self._schema(table).attributes)

    def _schema(self, table):
        return self.server.node.schema(table.decode())

    def _list_names(self, number):
        return list(self.server.lists.names_of(number))

    def _list_id(self, names):
        return self.server.lists.id_of(tuple(names))

    def _get(self, table, key, options):
        schema = self._schema(table)
        request = requests.single_item(schema, table.decode(), key, options)
        self._check("GetItem")
        return self._encoder(schema).item(self.server.node.get_item(request))

    def _query(self, table, key_condition, options):
        schema = self._schema(table)
        request = requests.query(schema, table.decode(), key_condition, options)
        self._check("Query")
        return self._encoder(schema).items(self.server.node.query(request), "IndexName" in request)

    def _put(self, table, key, values, options):
        schema = self._schema(table)
        request = requests.put(schema, table.decode(), key, values, options, self.server.lists.names_of)
        return self._write("PutItem", schema, request)

    def _delete(self, table, key, options):
        schema = self._schema(table)
        return self._write("DeleteItem", schema, requests.single_item(schema, table.decode(), key, options))

    def _update(self, table, key, options):
        schema = self._schema(table)
        return self._write("UpdateItem", schema, requests.single_item(schema, table.decode(), key, options))

    def _write(self, action, schema, request):
        if request.get("ReturnValues") in ("UPDATED_OLD", "UPDATED_NEW"):
            raise not_implemented(f"ReturnValues {request['ReturnValues']}")
        self._check(action)
        write = {"PutItem": "put_item", "DeleteItem": "delete_item", "UpdateItem": "update_item"}[action]
        return self._encoder(schema).written(getattr(self.server.node, write)(request))

    def _check(self, action):
        self.server.access.check(self._caller, f"dax:{action}")

    def _encoder(self, schema):
        return Encoder(schema, self.server.lists.id_of)


METHODS = {
    requests.DEFINE_ATTRIBUTE_LIST: _Connection._list_names,
    requests.DEFINE_ATTRIBUTE_LIST_ID: _Connection._list_id,
    requests.DEFINE_KEY_SCHEMA: _Connection._key_schema,
    requests.ENDPOINTS: _Connection._endpoints,
    requests.GET_ITEM: _Connection._get,
    requests.PUT_ITEM: _Connection._put,
    requests.DELETE_ITEM: _Connection._delete,
    requests.UPDATE_ITEM: _Connection._update,
    requests.QUERY: _Connection._query,
}


def _signature(secret, string_to_sign):
    """Signature version 4 of a string that begins with the algorithm, the time and the scope.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    scope = string_to_sign.split("\n")[2]
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return hmac.digest(key, string_to_sign.encode(), hashlib.sha256).hex()
