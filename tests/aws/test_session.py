"""Connecting: the right Region in every partition, the endpoint people chose, clients set up as they must be."""

from __future__ import annotations

import boto3
import pytest

from factory import __version__
from factory.aws.clock import WALL
from factory.aws.errors import AwsError, CredentialsError
from factory.aws.session import ATTEMPTS, HOME_REGIONS, WORKERS, Aws, connect, from_session
from tests.aws.wire import answer


def clients(aws: Aws):
    gateways = (aws.organizations, aws.accounts, aws.tagging, aws.sts)
    return [*(gateway._client for gateway in gateways), aws.organizations._creating]


@pytest.mark.parametrize(
    ("region", "partition", "home"),
    [
        (None, "aws", "us-east-1"),
        ("eu-central-1", "aws", "us-east-1"),
        ("us-gov-east-1", "aws-us-gov", "us-gov-west-1"),
        ("cn-north-1", "aws-cn", "cn-northwest-1"),
        ("us-iso-west-1", "aws-iso", "us-iso-east-1"),
        ("us-isob-east-1", "aws-iso-b", "us-isob-east-1"),
        ("eusc-de-east-1", "aws-eusc", "eusc-de-east-1"),
    ],
)
def test_organizations_is_asked_in_the_partitions_own_region(limits, clock, monkeypatch, region, partition, home):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    aws = connect(None, region, limits, clock)
    assert aws.partition == partition
    assert {client._request_signer.region_name for client in clients(aws)} == {home}


def test_the_region_of_the_environment_counts(limits, clock, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
    assert connect(None, None, limits, clock).partition == "aws-cn"


def test_home_regions_are_botocores(limits):
    data = boto3.Session()._session.get_data("endpoints")
    for partition in data["partitions"]:
        services = partition["services"]
        ends = services.get("organizations", {}).get("endpoints", {})
        scopes = {end["credentialScope"]["region"] for end in ends.values() if "credentialScope" in end}
        assert scopes <= {HOME_REGIONS[partition["partition"]]}


def test_the_chosen_endpoint_serves_all_services(limits, clock, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    aws = connect(None, "eu-west-1", limits, clock)
    assert {client.meta.endpoint_url for client in clients(aws)} == {"http://127.0.0.1:4566"}


def test_one_services_endpoint_can_be_chosen(limits, clock, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_ORGANIZATIONS", "http://127.0.0.1:4566")
    chosen = [client.meta.endpoint_url == "http://127.0.0.1:4566" for client in clients(connect(None, None, limits))]
    assert chosen == [True, False, False, False, True]


def test_clients_retry_as_they_must(limits, session):
    aws = from_session(session, limits)
    retries = [client.meta.config.retries for client in clients(aws)]
    assert [each["total_max_attempts"] for each in retries] == [ATTEMPTS] * 4 + [1]
    assert {each["mode"] for each in retries} == {"standard"}
    assert all(client.meta.config.max_pool_connections >= WORKERS for client in clients(aws))


def test_requests_say_who_makes_them(limits, clock, session):
    wire = answer(session, lambda *_: (200, {"Organization": {"Id": "o-1", "MasterAccountId": "1"}}))
    from_session(session, limits, clock).organizations.describe_organization()
    assert wire.user_agents[0].endswith(f"aws-account-factory/{__version__}")


def test_streams_run_side_by_side_whatever_the_clock(limits, clock, session):
    assert from_session(session, limits, WALL).workers == WORKERS
    assert from_session(session, limits, clock).workers == WORKERS
    assert from_session(session, limits, clock, workers=3).workers == 3


def test_a_given_session_is_used(limits, clock, session):
    aws = connect(None, "us-gov-west-1", limits, clock, session=session)
    assert aws.partition == "aws-us-gov"
    assert aws.sts._client._request_signer._credentials.access_key == "AKIAEXAMPLE"


def test_an_unknown_profile_is_explained(limits):
    with pytest.raises(CredentialsError, match="ProfileNotFound") as caught:
        connect("nope", None, limits)
    assert caught.value.exit_code == 7


def test_an_unknown_region_is_explained(limits):
    with pytest.raises(AwsError, match="UnknownRegionError") as caught:
        connect(None, "the-moon", limits)
    assert "--region" in caught.value.fix


def test_half_of_the_credentials_are_explained(limits, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    with pytest.raises(CredentialsError, match="PartialCredentialsError"):
        connect(None, None, limits)


def test_no_credentials_are_explained(limits, clock):
    with pytest.raises(CredentialsError, match="NoCredentialsError") as caught:
        connect(None, None, limits, clock).sts.caller()
    assert "--profile" in caught.value.fix


def test_an_unreachable_endpoint_is_explained(limits, clock, session, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(AwsError, match="EndpointConnectionError") as caught:
        from_session(session, limits, clock).organizations.describe_organization()
    assert "AWS_ENDPOINT_URL" in caught.value.fix
