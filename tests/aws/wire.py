"""Answers for real boto3 clients, given before anything is sent."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

Respond = Callable[[str, dict[str, Any]], "tuple[int, Mapping[str, Any]]"]


@dataclass
class Wire:
    """Every request that would have gone out: operation and body, in order."""

    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    user_agents: list[str] = field(default_factory=list)

    def count(self, operation: str) -> int:
        return sum(1 for name, _ in self.requests if name == operation)


class _Body(io.BytesIO):
    def stream(self, **_: Any) -> list[bytes]:
        return [self.getvalue()]


def answer(session: boto3.Session, respond: Respond) -> Wire:
    """Let ``respond`` answer the session's requests; it may raise what a connection would raise."""
    wire = Wire()

    def before_send(request: Any, **_: Any) -> AWSResponse:
        agent = request.headers["User-Agent"]
        wire.user_agents.append(agent.decode() if isinstance(agent, bytes) else agent)
        target = request.headers.get("X-Amz-Target", b"")
        operation = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        operation = operation or urlsplit(request.url).path.strip("/")  # REST is called by its path
        parameters = json.loads(request.body or b"{}") if operation else {}
        wire.requests.append((operation, parameters))
        status, body = respond(operation, parameters)
        headers = HTTPHeaders()
        headers["x-amzn-RequestId"] = f"request-{len(wire.requests)}"
        return AWSResponse(request.url, status, headers, _Body(json.dumps(body).encode()))

    session.events.register("before-send", before_send)
    return wire


def error(code: str, message: str = "", status: int = 400, **more: Any) -> tuple[int, Mapping[str, Any]]:
    """AWS's answer when it says no."""
    return status, {"__type": code, "Message": message, **more}
