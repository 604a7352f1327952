"""Amazon S3 in this process, with one bucket, a clock of its own and a line that can fail: moto's, for now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from typing import Any
from unittest.mock import patch

import boto3
import botocore.session
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from moto import mock_aws

from factory.aws.clock import Clock
from factory.aws.session import Aws, from_session
from factory.core.limits import Limits

NAME, REGION = "example-factory", "eu-central-1"
URL = f"https://{NAME}.invalid"


@dataclass
class Bucket:
    """A bucket whose requests are counted, and can be lost before S3 hears them or after."""

    session: boto3.Session
    clock: Clock
    sent: list[str] = field(default_factory=list)
    down: bool = False
    _plans: dict[tuple[str, str], list[Callable[[], Exception]]] = field(default_factory=dict)

    def aws(self, limits: Limits, clock: Clock | None = None) -> Aws:
        """The gateways of one run, on a clock of its own where one is given."""
        return from_session(self.session, limits, clock or self.clock)

    def lose_unheard(self, operation: str, times: int = 1) -> None:
        """S3 never sees the next requests of this operation."""
        self._plan("sending", operation, lambda: ConnectTimeoutError(endpoint_url=URL), times)

    def lose_heard(self, operation: str, times: int = 1) -> None:
        """S3 carries out the next requests of this operation, and its answers do not arrive."""
        self._plan("answered", operation, lambda: ReadTimeoutError(endpoint_url=URL), times)

    def refuse(self, operation: str, code: str, status: int, times: int = 1, message: str = "") -> None:
        """S3 answers the next requests of this operation with this error and does nothing."""
        answer: Any = {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "request-1"},
        }
        self._plan("asked", operation, lambda: ClientError(answer, operation), times)

    def put(self, key: str, body: bytes) -> None:
        """Somebody else writes an object, whatever there was."""
        self.session.client("s3").put_object(Bucket=NAME, Key=key, Body=body)

    def delete(self, key: str) -> None:
        """Somebody else removes an object."""
        self.session.client("s3").delete_object(Bucket=NAME, Key=key)

    def body(self, key: str) -> bytes:
        """What is in an object."""
        found: bytes = self.session.client("s3").get_object(Bucket=NAME, Key=key)["Body"].read()
        return found

    def _plan(self, when: str, operation: str, error: Callable[[], Exception], times: int) -> None:
        self._plans.setdefault((when, operation), []).extend([error] * times)

    def _next(self, when: str, operation: str) -> None:
        if self._plans.get((when, operation)):
            raise self._plans[when, operation].pop(0)()

    def _sending(self, operation: str) -> None:
        self.sent.append(operation)
        if self.down:
            raise ConnectTimeoutError(endpoint_url=URL)
        self._next("sending", operation)

    def _dated(self, parsed: dict[str, Any], **_: Any) -> None:
        now = datetime.fromtimestamp(int(self.clock.now()), UTC)
        parsed["ResponseMetadata"].setdefault("HTTPHeaders", {})["date"] = format_datetime(now, usegmt=True)


@cache
def _models() -> Any:
    """Service models are the same for all sessions, and slow to read."""
    return botocore.session.get_session().get_component("data_loader")


@contextmanager
def bucket(clock: Clock) -> Iterator[Bucket]:
    """S3 with an empty bucket, for as long as the block runs; ``clock`` is S3's."""

    def s3_now() -> datetime:
        return datetime.fromtimestamp(clock.now(), UTC).replace(tzinfo=None)

    with mock_aws(), patch("moto.s3.models.utcnow", s3_now):
        core = botocore.session.Session()
        core.register_component("data_loader", _models())
        session = boto3.Session("AKIAEXAMPLE", "example", region_name=REGION, botocore_session=core)
        session.client("s3").create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": REGION})
        made = Bucket(session, clock)
        events = session.events
        # Before and after moto, which stands at the same place: a narrower event would come before it altogether.
        events.register("request-created.s3", lambda operation_name, **_: made._next("asked", operation_name))
        events.register_first("before-send", lambda event_name, **_: made._sending(event_name.rpartition(".")[2]))
        events.register_last(
            "before-send", lambda event_name, **_: made._next("answered", event_name.rpartition(".")[2])
        )
        events.register("after-call.s3", made._dated)
        yield made
