"""boto3 sessions that can reach the sandbox and nothing else."""

from __future__ import annotations

import copy
import itertools
import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import boto3
import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.hooks import HierarchicalEmitter
from botocore.loaders import Loader

from factory.sandbox.simulation import not_simulated

_OWN_ENDPOINTS: dict[str, Any] = {"ignore_configured_endpoint_urls": True}
"""``AWS_ENDPOINT_URL`` and its kin do not lead out of the box."""

_NUMBERS = itertools.count(1)


def new_name() -> str:
    """The beginning of the access keys of one sandbox; no two in a process share it."""
    return f"AKIA{next(_NUMBERS) % 36**4:0>4X}"


def new_session(name: str, account_id: str, region: str, services: Sequence[str]) -> boto3.Session:
    """A session with made-up credentials of this account; environment, profiles and config files play no part."""
    core = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        },
        event_hooks=copy.copy(_handlers()),
        include_builtin_handlers=False,
    )
    core.register_component("data_loader", _loader())
    core.set_default_client_config(Config(**_OWN_ENDPOINTS))
    core.register("before-call", _refuse_others(services))
    return boto3.Session(
        aws_access_key_id=name + account_id,
        aws_secret_access_key="sandbox",
        region_name=region,
        botocore_session=core,
    )


def _refuse_others(services: Sequence[str]) -> Callable[..., Any]:
    """Services outside the box are refused before a request is made, whatever protocol they speak."""

    def before_call(model: Any, **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        service = model.service_model.service_name
        if service in services:
            return None
        refused = not_simulated(service, model.name)
        parsed = {
            "Error": {"Code": refused.code, "Message": refused.message},
            "ResponseMetadata": {"HTTPStatusCode": 400, "RetryAttempts": 0},
        }
        return AWSResponse(f"https://{service}.invalid/", 400, HTTPHeaders(), None), parsed

    return before_call


@cache
def _handlers() -> HierarchicalEmitter:
    """What botocore and moto do about every request: the same for all sessions, and slow to put together."""
    emitter = HierarchicalEmitter()
    botocore.session.Session(event_hooks=emitter)
    return emitter


@cache
def _loader() -> Loader:
    """Service models are the same for all sessions, and slow to read."""
    loader: Loader = botocore.session.get_session().get_component("data_loader")
    return loader
