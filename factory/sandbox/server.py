"""The sandbox over HTTP, on this computer only: for the factory, the AWS CLI and other processes side by side."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from xml.sax.saxutils import escape

from moto.core.request import Request

from factory.core.errors import FactoryError
from factory.sandbox import service
from factory.sandbox.faults import Call, Crash, Lost
from factory.sandbox.refused import Refused
from factory.sandbox.simulation import Simulation, not_simulated
from factory.sandbox.state import MANAGEMENT_ACCOUNT
from factory.sandbox.wire import HttpResponse, Incoming, respond

HOST = "127.0.0.1"
LARGEST_BODY = 8 << 20

Hook = Callable[[int, Call], None]
"""Called with the number of a call, from one, and the call. May raise `Lost` to keep its answer from coming.

It must not call the server itself, which waits for it.
"""

_SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/(?P<service>[^/]+)/aws4_request")
_SIGNED_AS = {"tagging": "resourcegroupstaggingapi"}
"""Services whose name in a signature is not boto3's."""


class Server:
    """One simulation behind ``url`` between ``with`` and its end; credentials may be any.

    Callers are the management account, unless their access key comes from ``Sandbox.session()``. ``before`` is
    called when a request has arrived and nothing has happened yet, ``after`` when it is done or refused and its
    answer is not out yet; one call at a time. Raises ``FactoryError`` where the port is taken.
    """

    def __init__(
        self, simulation: Simulation, port: int = 0, before: Hook | None = None, after: Hook | None = None
    ) -> None:
        self._simulation, self._before, self._after = simulation, before, after
        self._numbers, self._lock = itertools.count(1), threading.Lock()
        try:
            self._http = _Http((HOST, port), _Handler)
        except OSError as error:
            raise FactoryError(
                f"port {port} of this computer cannot be used: {error.strerror}", "choose another one with --port"
            ) from error
        self._http.answer = self._answer
        self.url = f"http://{HOST}:{self._http.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that lead AWS clients here."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def __enter__(self) -> Server:
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="sandbox-server")
        self._thread.start()
        service.admit(self.url)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        service.dismiss(self.url)
        self._http.shutdown()
        self._thread.join()
        self._http.hang_up()
        self._http.server_close()

    def _answer(self, request: Request) -> HttpResponse:
        """The answer to one HTTP request. Raises `Lost` where there is to be none."""
        scope = _SCOPE.search(request.headers.get("Authorization", ""))
        if scope is None:
            return _error(request, Refused("MissingAuthenticationToken", "The request is not signed.", status=403))
        name = _SIGNED_AS.get(scope["service"], scope["service"])
        if name not in service.SERVICES:
            return _error(request, not_simulated(name, "this operation"))
        try:
            return respond(name, request, self._called)
        except Crash:
            # The client is meant; it has to be ended by whoever started it.
            raise Lost(heard=True) from None
        except FactoryError as error:
            return _error(request, Refused("InternalFailure", str(error), status=500))

    def _called(self, incoming: Incoming) -> Mapping[str, Any]:
        call = Call(incoming.service, incoming.operation, incoming.request)
        with self._lock:
            number = next(self._numbers)
            if self._before is not None:
                self._before(number, call)
            try:
                return self._simulation.answer(call, self._caller(incoming), incoming.region, incoming.shape)
            finally:
                if self._after is not None:
                    self._after(number, call)

    def _caller(self, incoming: Incoming) -> str:
        if incoming.access_key.startswith(self._simulation.name):
            return incoming.access_key.removeprefix(self._simulation.name)
        organization = self._simulation.state.organization
        return organization.management_account_id if organization else MANAGEMENT_ACCOUNT


class _Http(ThreadingHTTPServer):
    """Listens; remembers its open connections, so that none outlives it."""

    answer: Callable[[Request], HttpResponse]
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, *settings: Any) -> None:
        self.connections: set[socket.socket] = set()
        super().__init__(*settings)

    def server_bind(self) -> None:
        """As the base, without asking any name service what this computer is called."""
        socketserver.TCPServer.server_bind(self)

    def hang_up(self) -> None:
        """End the connections on which clients wait to ask more."""
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that are gone are no error."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Reads a request, writes the answer; a lost one ends the connection without a word."""

    server: _Http
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def handle_expect_100(self) -> bool:
        """Tell the client at once that it may go on: it waits for that."""
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def log_message(self, *_: Any) -> None:
        """Nothing: who wants to see calls has ``after``."""

    def _respond(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if "Transfer-Encoding" in self.headers or not length.isdigit() or int(length) > LARGEST_BODY:
            self.send_error(413, "The sandbox takes small requests whose length is told")
            self.close_connection = True
            return
        url = f"http://{self.headers.get('Host') or HOST}{self.path}"
        request = Request.from_primitives(self.command, url, self.headers, self.rfile.read(int(length)))
        try:
            status, headers, body = self.server.answer(request)
        except Lost:
            self.close_connection = True
            return
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _respond  # noqa: N815 (http.server names them)


def _error(request: Request, refused: Refused) -> HttpResponse:
    """An error for a request whose service is not known: as XML where it came as a form, else as JSON."""
    status, code, message = refused.status or 400, refused.code, refused.message
    if (request.content_type or "").startswith("application/x-www-form-urlencoded"):
        text = f"<Error><Type>Sender</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        return status, {"Content-Type": "text/xml"}, f"<ErrorResponse>{text}</ErrorResponse>"
    body = json.dumps({"__type": code, "message": message})
    return status, {"Content-Type": "application/json", "x-amzn-errortype": code}, body
