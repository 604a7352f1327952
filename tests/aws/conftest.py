"""Limits as shipped, a clock that only moves when someone sleeps, and AWS environment variables out of the way."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import boto3
import botocore.session
import pytest
import yaml

import factory.aws
from factory.core.limits import Limit, Limits

LIMITS_FILE = Path(factory.aws.__file__).with_name("limits.yaml")


class SteppingClock:
    """Time that passes only in ``sleep``."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.time = now
        self.naps: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.time += seconds

    def attend(self) -> AbstractContextManager[object]:
        return nullcontext()


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture(scope="session")
def rows() -> dict[str, dict[str, object]]:
    return yaml.safe_load(LIMITS_FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def limits(rows) -> Limits:
    return Limits({key: Limit(key, **row) for key, row in rows.items()})


@pytest.fixture(autouse=True)
def _no_aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def models() -> object:
    """botocore's service models: the same for all sessions, and slow to read."""
    return botocore.session.get_session().get_component("data_loader")


@pytest.fixture
def session(models) -> boto3.Session:
    core = botocore.session.Session()
    core.register_component("data_loader", models)
    return boto3.Session(aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="example", botocore_session=core)
