"""Processes of our own, and plain moto on this machine's own address: nothing here leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from factory.core.limits import Limits
from factory.spec import load_limits

if TYPE_CHECKING:
    from tests.integration.scene import Prepared, Scene

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}


@dataclass(frozen=True)
class Endpoint:
    """A server that speaks as AWS does, and the environment that leads every AWS client to it."""

    url: str

    @property
    def environment(self) -> dict[str, str]:
        return {**CREDENTIALS, "AWS_ENDPOINT_URL": self.url}

    def client(self, service: str) -> Any:
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=Config(proxies={}),
        )


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """Plain moto on a free port, with nothing in it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        assert host == "127.0.0.1"
        _empty(host, port)
        yield Endpoint(f"http://127.0.0.1:{port}")
    finally:
        server.stop()


def _empty(host: str, port: int) -> None:
    """moto keeps what it simulates for as long as the process lives, whoever asks."""
    connection = HTTPConnection(host, port)
    connection.request("POST", "/moto-api/reset")
    assert connection.getresponse().status == 200
    connection.close()


def hurried(limits: Limits, **patience: str) -> str:
    """A limits file that takes away all pacing and most of the waiting; ``patience`` has rows of its own."""
    rows = [f"{key}: {{{fields}}}\n" for key, fields in patience.items()]
    for key, row in sorted(limits.items()):
        if key in patience:
            continue
        fields = []
        if row.rate is not None:
            fields += ["rate: 1000", "burst: 1000"]
        if row.poll_seconds is not None:
            fields.append("poll_seconds: 0.05")
        if fields:
            rows.append(f"{key}: {{{', '.join(fields)}}}\n")
    return "".join(rows)


@pytest.fixture
def no_pacing(tmp_path: Path) -> Path:
    path = tmp_path / "limits.yaml"
    path.write_text(hurried(load_limits()))
    return path


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    from tests.integration.scene import prepare

    return prepare(tmp_path_factory.mktemp("prepared"))


@pytest.fixture
def scene(tmp_path: Path, prepared: Prepared) -> Iterator[Scene]:
    """Ten accounts in a sandbox that is served, much about to change."""
    from tests.integration.scene import scene as made

    with made(tmp_path, prepared) as here:
        yield here
