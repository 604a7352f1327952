"""S3's way of saying what is asked for: bucket and key in host and path, the operation in method and query."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from moto.core.model import ServiceModel
from moto.core.request import Request
from moto.core.utils import get_service_model

from factory.sandbox.buckets import TAKEN
from factory.sandbox.refused import Refused

_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:[.-].*)?\.amazonaws\.com")
_SIGNING = frozenset(
    f"x-amz-{name}"
    for name in ("date", "content-sha256", "security-token", "trailer", "decoded-content-length", "user-agent")
)
"""Headers that say nothing about what is asked for."""

_NAMED_ANYWAY = frozenset({"x-id"})
"""Query parameters of newer SDKs that only repeat the operation's name."""


def place(request: Request) -> dict[str, str]:
    """``Bucket`` and ``Key`` of a request, as far as it has them: virtual-hosted or path style."""
    host = _HOST.fullmatch(request.host)
    path = request.path.removeprefix("/")
    if host is not None and host["bucket"]:
        bucket, key = host["bucket"], path
    else:
        bucket, _, key = path.partition("/")
    return {name: value for name, value in (("Bucket", bucket), ("Key", key)) if value}


def operation_name(request: Request) -> str:
    """The operation whose method, path and fixed query parameters these are; empty where there is none."""
    names, asked = place(request).keys(), _query(request)
    found = [
        (-len(fixed), name not in TAKEN, len(name), name)
        for name, method, parts, fixed in _routes()
        if method == request.method and parts == names and fixed <= asked
    ]
    return min(found)[-1] if found else ""


def require_simulated(name: str, request: Request, parameters: dict[str, Any]) -> None:
    """Refuse what a simulated operation would have to heed and does not: parameters, headers, queries."""
    known = {
        member.serialization.get("name", "").lower()
        for member in _model().operation_model(name).input_shape.members.values()
    }
    headers = {header.lower() for header, _ in request.headers if header.lower().startswith("x-amz-")}
    unheeded = {
        *(parameters.keys() - TAKEN[name]),
        *(_query(request) - _NAMED_ANYWAY),
        *(headers - known - _SIGNING - {"x-amz-sdk-checksum-algorithm"}),
    }
    if unheeded:
        raise Refused("NotSimulated", f"s3:{name} with {min(unheeded)} is not simulated by the factory sandbox")
    if parameters.get("ServerSideEncryption", "AES256") != "AES256":
        raise Refused("NotSimulated", "s3: encryption other than AES256 is not simulated by the factory sandbox")


def body(request: Request) -> bytes:
    """The body, without the chunks and checksums that SDKs wrap it in (``aws-chunked``)."""
    data: bytes = request.get_data()
    if "aws-chunked" not in request.headers.get("Content-Encoding", ""):
        return data
    content, rest = b"", data
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size.partition(b";")[0] or b"0", 16)
        if length == 0:
            break
        content, rest = content + rest[:length], rest[length + 2 :]
    return content


def _query(request: Request) -> set[str]:
    return {name for name, _ in parse_qsl(request.query_string.decode(), keep_blank_values=True)}


def _model() -> ServiceModel:
    return get_service_model("s3")


@cache
def _routes() -> list[tuple[str, str, set[str], set[str]]]:
    """Operation, method, the parts of its path, and the query parameters that are always there."""
    routes = []
    for name in _model().operation_names:
        http = _model().operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        parts = {part for part in ("Bucket", "Key") if f"{{{part}" in path}
        routes.append((name, http["method"], parts, {key for key, _ in parse_qsl(query, keep_blank_values=True)}))
    return routes
