"""The glue to moto: while a sandbox is active, its services are answered here and no other call gets out."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

import botocore.endpoint
import moto.backend_index
import moto.backends
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.httpsession import URLLib3Session
from moto.account import urls as account_urls
from moto.core.decorator import mock_aws
from moto.core.models import botocore_stubber
from moto.core.request import Request
from moto.organizations import urls as organizations_urls
from moto.resourcegroupstaggingapi import urls as tagging_urls
from moto.s3 import urls as s3_urls
from moto.s3.models import S3Backend
from moto.sts import urls as sts_urls

from factory.core.errors import FactoryError
from factory.sandbox.faults import Call, Lost
from factory.sandbox.operations import OPERATIONS
from factory.sandbox.refused import Refused
from factory.sandbox.simulation import Simulation, not_simulated
from factory.sandbox.wire import HttpResponse, Incoming, respond

_URLS: Mapping[str, ModuleType] = {
    "organizations": organizations_urls,
    "account": account_urls,
    "sts": sts_urls,
    "resourcegroupstaggingapi": tagging_urls,
}
_UNLOADED = "cloudformation"
"""The service whose module in moto is not imported: it takes seconds, and loads the models of thirty others."""

SERVICES = (*_URLS, "s3", _UNLOADED)
"""The services in the box, as boto3 names them."""

_EVERY_PATH = ("{0}/$", "{0}/.*$")
"""The root of a service's address and all below it, in moto's own notation."""

_SEND = URLLib3Session.send
_SERVED: set[str] = set()
"""Addresses of this process's own servers."""

_LOCK = threading.Lock()
_ACTIVE: dict[str, Simulation] = {}
_PATCHES = ExitStack()
_THREAD = threading.local()


def activate(simulation: Simulation) -> None:
    """Let the simulation answer the clients whose access keys begin with its name.

    The first one switches moto on and the network off, for every boto3 client of the process. Raises
    ``FactoryError`` where something else already uses moto in this process.
    """
    with _LOCK:
        if not _ACTIVE:
            _switch_on()
        _ACTIVE[simulation.name] = simulation


def deactivate(simulation: Simulation) -> None:
    """Stop answering for this one; the last one puts everything back as it was."""
    with _LOCK:
        if _ACTIVE.pop(simulation.name, None) is not None and not _ACTIVE:
            _PATCHES.close()


def admit(url: str) -> None:
    """Let requests to this server of our own through: they do not leave the computer."""
    _SERVED.add(f"{url}/")


def dismiss(url: str) -> None:
    """The server is gone."""
    _SERVED.discard(f"{url}/")


def _switch_on() -> None:
    if botocore_stubber.enabled:
        raise FactoryError("moto is already active in this process", "leave mock_aws before entering a sandbox")
    settings: Any = {"core": {"service_whitelist": list(SERVICES), "mock_credentials": False}}
    with ExitStack() as stack:
        for service, urls in _URLS.items():
            stack.enter_context(patch.dict(urls.url_paths, dict.fromkeys(_EVERY_PATH, _handler(service)), clear=True))
        # moto reads this one's table of addresses afresh for every request, so the whole of it is replaced.
        routes = SimpleNamespace(url_bases=s3_urls.url_bases, url_paths=dict.fromkeys(_EVERY_PATH, _handler("s3")))
        stack.enter_context(patch.object(S3Backend, "_url_module", routes))
        stack.enter_context(patch.object(moto.backends, "get_backend", _backends(moto.backends.get_backend)))
        stack.enter_context(patch.object(moto.backend_index, "backend_url_patterns", _addresses()))
        stack.enter_context(mock_aws(config=settings))
        stack.enter_context(patch.object(URLLib3Session, "send", _no_network))
        stack.enter_context(patch.object(botocore.endpoint, "time", _SimulatedTime))
        _PATCHES.push(stack.pop_all())


@cache
def _addresses() -> list[tuple[str, re.Pattern[str]]]:
    """moto's list of addresses without those of the hundred services that are not in the box.

    It goes through all of the list for every request, and sets it up seven times over when it is switched on. The
    other services have one row together, which is not on the list of what is allowed either.
    """
    ours = [(service, pattern) for service, pattern in moto.backend_index.backend_url_patterns if service in SERVICES]
    return [*ours, ("not in the sandbox", re.compile(r"https?://.+\.amazonaws\.com(\.cn)?(:\d+)?/.*"))]


def _backends(theirs: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """moto's way to find what answers for a service, with an answer of our own for the one that is not loaded."""
    urls = {rf"https?://{_UNLOADED}\.(.+)\.amazonaws\.com/.*$": _handler(_UNLOADED)}
    ours = {"global": SimpleNamespace(urls=urls)}
    return lambda name: ours if name == _UNLOADED else theirs(name)


def _handler(service: str) -> Callable[[Request, str, Any], HttpResponse]:
    def handle(request: Request, _url: str, _headers: Any) -> HttpResponse:
        try:
            return respond(service, request, _answer)
        except Lost as lost:
            # What botocore's HTTP client would say; so botocore does what it does about a network that fails.
            error = ReadTimeoutError if lost.heard else ConnectionClosedError
            raise error(endpoint_url=request.url) from None

    return handle


def _answer(incoming: Incoming) -> Mapping[str, Any]:
    """The name and the caller's account are in the access key: ``AKIA``, four characters, twelve digits."""
    simulation = _ACTIVE.get(incoming.access_key[:8])
    if simulation is None and incoming.operation not in OPERATIONS[incoming.service]:
        raise not_simulated(incoming.service, incoming.operation)
    if simulation is None:
        raise Refused(
            "UnrecognizedClientException", "These credentials are not from Sandbox.session(); real ones are not used."
        )
    _THREAD.simulation = simulation
    call = Call(incoming.service, incoming.operation, incoming.request)
    return simulation.answer(call, incoming.access_key[8:], incoming.region, incoming.shape)


def _no_network(session: Any, request: Any) -> Any:
    if request.url.startswith(tuple(_SERVED)):
        _THREAD.simulation = None
        return _SEND(session, request)
    raise FactoryError(
        f"a request to {request.url} was stopped: while the sandbox is active nothing leaves this process",
        "use Sandbox.session() for AWS clients; its services are " + ", ".join(SERVICES),
    )


class _SimulatedTime:
    """What botocore takes for the ``time`` module: its waits between attempts pass in simulated time."""

    @staticmethod
    def sleep(seconds: float) -> None:
        """Wait on the clock of the sandbox that this thread spoke to last; really, where that was a server."""
        simulation = getattr(_THREAD, "simulation", None)
        (simulation.clock if simulation else time).sleep(seconds)
