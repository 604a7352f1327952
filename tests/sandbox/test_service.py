"""The glue: nothing gets out, nothing is left behind, several sandboxes do not meet."""

from __future__ import annotations

import os
import threading
from typing import Any

import boto3
import botocore.endpoint
import pytest
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session
from moto import mock_aws
from moto.core.config import default_user_config
from moto.organizations import urls

from factory.core.errors import FactoryError
from factory.sandbox import MANAGEMENT_ACCOUNT, Sandbox

KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "real", "region_name": "us-east-1"}


def _organization(box: Sandbox) -> str:
    found = box.session().client("organizations").describe_organization()
    return str(found["Organization"]["Id"])


def test_environment_and_endpoints_lead_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREALREALREALREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
    before = dict(os.environ)
    with Sandbox() as box:
        assert box.session().client("sts").get_caller_identity()["Account"] == MANAGEMENT_ACCOUNT
        assert dict(os.environ) == before
    assert dict(os.environ) == before


def test_clients_with_other_credentials_are_refused() -> None:
    with Sandbox() as box:
        stranger = boto3.Session(**KEYS).client("organizations")
        with pytest.raises(ClientError, match="UnrecognizedClientException"):
            stranger.describe_organization()
        assert box.calls == []


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9", "https://example.com", "https://s3.amazonaws.example"])
def test_nothing_leaves_the_process(endpoint: str) -> None:
    with Sandbox() as box:
        client = box.session().client("organizations", endpoint_url=endpoint)
        with pytest.raises(FactoryError, match="nothing leaves this process"):
            client.list_roots()


def test_clients_made_elsewhere_reach_no_other_service() -> None:
    with Sandbox(), pytest.raises(Exception, match="not whitelisted"):
        boto3.Session(**KEYS).client("sqs").list_queues()


def test_a_client_from_before_the_sandbox_cannot_get_out(monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.Session(**KEYS).client("organizations", endpoint_url="https://example.com")
    with Sandbox(), pytest.raises(FactoryError, match="nothing leaves this process"):
        client.list_roots()


def test_everything_is_put_back() -> None:
    before = (
        URLLib3Session.send,
        botocore.endpoint.time,
        dict(urls.url_paths),
        {key: dict(value) for key, value in default_user_config.items() if isinstance(value, dict)},
    )
    for _ in range(2):
        with Sandbox() as box:
            _organization(box)
    after = (
        URLLib3Session.send,
        botocore.endpoint.time,
        dict(urls.url_paths),
        {key: dict(value) for key, value in default_user_config.items() if isinstance(value, dict)},
    )
    assert before == after


def test_everything_is_put_back_after_an_error() -> None:
    send = URLLib3Session.send
    with pytest.raises(RuntimeError), Sandbox():
        raise RuntimeError
    assert URLLib3Session.send is send


def test_raw_moto_works_before_and_after() -> None:
    def raw() -> str:
        with mock_aws():
            client = boto3.Session(**KEYS).client("organizations")
            client.create_organization(FeatureSet="ALL")
            boto3.Session(**KEYS).client("s3").list_buckets()
            status = client.create_account(AccountName="a", Email="a@example.com")["CreateAccountStatus"]
            return str(status["State"])

    assert raw() == "SUCCEEDED"
    with Sandbox() as box:
        _organization(box)
    assert raw() == "SUCCEEDED"


def test_moto_that_is_already_active_is_not_disturbed() -> None:
    with mock_aws():
        with pytest.raises(FactoryError, match="already active"), Sandbox():
            pytest.fail("entered")
        boto3.Session(**KEYS).client("s3").list_buckets()


def test_sandboxes_side_by_side_do_not_meet() -> None:
    with Sandbox(seed=1) as outer:
        with Sandbox(seed=2) as inner:
            assert _organization(outer) != _organization(inner)
            assert (len(outer.calls), len(inner.calls)) == (1, 1)
        assert _organization(outer)


def test_sandboxes_may_end_in_any_order() -> None:
    first, second = Sandbox(seed=1), Sandbox(seed=2)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert _organization(second)
    second.__exit__(None, None, None)


def test_the_sessions_of_an_ended_sandbox_are_dead() -> None:
    with Sandbox() as box:
        client: Any = box.session().client("organizations")
    with Sandbox() as other:
        with pytest.raises(ClientError, match="UnrecognizedClientException"):
            client.list_roots()
        assert other.calls == []


@pytest.mark.parametrize("use", [lambda box: box.session(), lambda box: box.state, lambda box: box.clock])
def test_outside_of_with_there_is_nothing(use: Any) -> None:
    with pytest.raises(FactoryError, match="not active"):
        use(Sandbox())


def test_a_sandbox_is_entered_once() -> None:
    with Sandbox() as box:
        with pytest.raises(FactoryError, match="already active"):
            box.__enter__()
        assert _organization(box)


def test_threads_share_one_sandbox() -> None:
    with Sandbox(rates=False) as box:
        org: Any = box.session().client("organizations")
        assert box.state.organization
        root = box.state.organization.root_id
        failures: list[Exception] = []

        def work(number: int) -> None:
            try:
                for index in range(10):
                    org.create_organizational_unit(ParentId=root, Name=f"{number}-{index}")
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert len(box.state.units) == 40


def test_motos_own_server_would_route_to_the_same_answers() -> None:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.test import Client

    with Sandbox() as box:
        credentials = box.session().get_credentials()
        assert credentials
        server = Client(DomainDispatcherApplication(create_backend_app))

        def post(service: str, path: str, kind: str, **headers: str) -> Any:
            scope = f"{credentials.access_key}/20261201/us-east-1/{service}/aws4_request"
            signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
            return server.post(path, data="{}", content_type=kind, headers={**signed, **headers})

        target = {"X-Amz-Target": "AWSOrganizationsV20161128.LeaveOrganization"}
        refused = post("organizations", "/", "application/x-amz-json-1.1", **target)
        assert (refused.status_code, refused.get_json(force=True)["__type"]) == (400, "NotSimulated")
        shown = post("account", "/getAccountInformation", "application/json")
        assert (shown.status_code, shown.get_json(force=True)["AccountId"]) == (200, MANAGEMENT_ACCOUNT)
