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

from factory.sandbox import s3_wire
from factory.sandbox.operations import OPERATIONS
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
    request_id = request.headers.get("amz-sdk-invocation-id", "factory-sandbox")
    headers = {"x-amz-request-id" if service == "s3" else "x-amzn-requestid": request_id}
    try:
        if name not in model.operation_names:
            raise Refused("UnknownOperationException", f"{service} has no operation {name or request.path}")
        operation = model.operation_model(name)
        result = answer(_incoming(service, operation, protocol, request))
    except Refused as refused:
        status, body = _refusal(model, protocol, refused)
        kind = "application/xml" if service == "s3" else request.content_type or "application/json"
        return status, {**headers, "Content-Type": kind}, "" if request.method == "HEAD" else body
    serializer = get_serializer_class(service, protocol)(operation_model=operation)
    written = serializer.serialize(result)
    if "ContentType" in result:
        headers["Content-Type"] = result["ContentType"]
    return written["status_code"], {**written["headers"], **headers}, written["body"]


def _operation_name(model: ServiceModel, request: Request) -> str:
    """The JSON protocols name it in a header, the query protocol in the body, REST by its path."""
    if model.service_name == "s3":
        return s3_wire.operation_name(request)
    target = request.headers.get("x-amz-target")
    if target:
        return str(target).split(".")[-1]
    if action := request.values.get("Action"):
        return str(action)
    paths = {model.operation_model(name).http.get("requestUri"): name for name in model.operation_names}
    return str(paths.get(request.path, ""))


def _incoming(service: str, operation: OperationModel, protocol: str, request: Request) -> Incoming:
    s3 = service == "s3"
    parsed = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "method": request.method,
            "values": request.args if s3 else request.values,
            "headers": request.headers,
            "body": s3_wire.body(request) if s3 else request.data,
            "url_path": request.path,
            "url_params": s3_wire.place(request) if s3 else {},
        }
    )
    parameters = {key: value for key, value in parsed.items() if value is not None}
    if s3 and operation.name in OPERATIONS["s3"]:
        parameters = {key: value for key, value in parameters.items() if value != {}}
        s3_wire.require_simulated(operation.name, request, parameters)
    signed = _CREDENTIAL.search(request.headers.get("Authorization", ""))
    return Incoming(
        access_key=signed["key"] if signed else "",
        region=signed["region"] if signed else "",
        service=service,
        operation=operation.name,
        request=parameters,
        shape=operation.input_shape,
    )


def _refusal(model: ServiceModel, protocol: str, refused: Refused) -> tuple[int, str]:
    """Status and body of an error. Written here because the sandbox has a code that no model knows."""
    errors = [(shape.name, shape.metadata.get("error", {})) for shape in model.error_shapes]
    # The older services have codes of their own for some errors: ChangeSetNotFound for ChangeSetNotFoundException.
    statuses = {error.get("code", name): error.get("httpStatusCode", 400) for name, error in errors}
    status = refused.status or int(statuses.get(refused.code, 400))
    if protocol == "query":
        return status, (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{escape(refused.code)}</Code>"
            f"<Message>{escape(refused.message)}</Message></Error></ErrorResponse>"
        )
    if protocol == "rest-xml":
        condition = f"<Condition>{refused.reason}</Condition>" if refused.reason else ""
        return status, (
            f"<Error><Code>{escape(refused.code)}</Code><Message>{escape(refused.message)}</Message>{condition}</Error>"
        )
    body = {"__type": refused.code, "message": refused.message, "Message": refused.message}
    if refused.reason is not None:
        body["Reason"] = refused.reason
    return status, json.dumps(body)
