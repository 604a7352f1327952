"""Between HTTP and the simulation: moto's parsers and serialisers, driven by the service models."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from factory.sandbox.refused import Refused

HttpResponse = tuple[int, dict[str, str], str | bytes]
_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/")


@dataclass(frozen=True)
class Incoming:
    """A request as the simulation takes it: who asks, in which Region, for what. ``shape``: the input's model."""

    access_key: str
    region: str
    service: str
    operation: str
    request: dict[str, Any]
    shape: Any


Answer = Callable[[Incoming], Mapping[str, Any]]


def respond(service: str, request: Request, answer: Answer) -> HttpResponse:
    """Parse one HTTP request, let it be answered, write the answer or the refusal as AWS would."""
    model = get_service_model(service)
    protocol = determine_request_protocol(model, request.content_type)
    name = _operation_name(model, request)
    headers = {"x-amzn-requestid": request.headers.get("amz-sdk-invocation-id", "factory-sandbox")}
    try:
        if name not in model.operation_names:
            raise Refused("UnknownOperationException", f"{service} has no operation {name or request.path}")
        operation = model.operation_model(name)
        result = answer(_incoming(service, operation, protocol, request))
    except Refused as refused:
        status, body = _refusal(model, protocol, refused)
        return status, {**headers, "Content-Type": request.content_type or "application/json"}, body
    serializer = get_serializer_class(service, protocol)(operation_model=operation)
    written = serializer.serialize(result)
    return written["status_code"], {**written["headers"], **headers}, written["body"]


def _operation_name(model: ServiceModel, request: Request) -> str:
    """The JSON protocols name it in a header, the query protocol in the body, REST by its path."""
    target = request.headers.get("x-amz-target")
    if target:
        return str(target).split(".")[-1]
    if action := request.values.get("Action"):
        return str(action)
    paths = {model.operation_model(name).http.get("requestUri"): name for name in model.operation_names}
    return str(paths.get(request.path, ""))


def _incoming(service: str, operation: OperationModel, protocol: str, request: Request) -> Incoming:
    parsed = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": {},
        }
    )
    signed = _CREDENTIAL.search(request.headers.get("Authorization", ""))
    return Incoming(
        access_key=signed["key"] if signed else "",
        region=signed["region"] if signed else "",
        service=service,
        operation=operation.name,
        request={key: value for key, value in parsed.items() if value is not None},
        shape=operation.input_shape,
    )


def _refusal(model: ServiceModel, protocol: str, refused: Refused) -> tuple[int, str]:
    """Status and body of an error. Written here because the sandbox has a code that no model knows."""
    statuses = {shape.name: shape.metadata.get("error", {}).get("httpStatusCode", 400) for shape in model.error_shapes}
    status = refused.status or int(statuses.get(refused.code, 400))
    if protocol == "query":
        return status, (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{escape(refused.code)}</Code>"
            f"<Message>{escape(refused.message)}</Message></Error></ErrorResponse>"
        )
    body = {"__type": refused.code, "message": refused.message, "Message": refused.message}
    if refused.reason is not None:
        body["Reason"] = refused.reason
    return status, json.dumps(body)
