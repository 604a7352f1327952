"""The sandbox over HTTP: the same answers, real connections that break, real processes that die."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from factory.core.errors import FactoryError
from factory.sandbox import MANAGEMENT_ACCOUNT, Call, Faults, Lost, Sandbox, Timing
from factory.sandbox.clock import EPOCH
from factory.sandbox.running_clock import RunningClock
from factory.sandbox.seeding import add_account, new_state
from factory.sandbox.server import Server
from factory.sandbox.state import Creation, move
from tests.cli.processes import environment

ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1}, proxies={})


@pytest.fixture
def served() -> Iterator[tuple[Sandbox, Server]]:
    with Sandbox(rates=False, empty_page_every=0, speed=1) as box, box.served() as server:
        yield box, server


def client(server: Server, service: str = "organizations", key: str = "any", config: Config = ONCE) -> Any:
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key="any",
        config=config,
    )


def root(box: Sandbox) -> str:
    assert box.state.organization
    return box.state.organization.root_id


def test_a_service_outside_the_box_is_refused_by_name(served: tuple[Sandbox, Server]) -> None:
    asked = {"policyType": "SERVICE_CONTROL_POLICY", "policyDocument": "{}"}
    with pytest.raises(ClientError, match=r"NotSimulated.*access-analyzer"):
        client(served[1], "accessanalyzer").validate_policy(**asked)


def test_every_service_answers(served: tuple[Sandbox, Server]) -> None:
    box, server = served
    unit = client(server).create_organizational_unit(ParentId=root(box), Name="a", Tags=[{"Key": "k", "Value": "v"}])
    assert box.state.units[unit["OrganizationalUnit"]["Id"]].name == "a"
    assert client(server, "sts").get_caller_identity()["Account"] == MANAGEMENT_ACCOUNT
    assert client(server, "account").get_account_information()["AccountId"] == MANAGEMENT_ACCOUNT
    found = client(server, "resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"]
    assert [row["Tags"] for row in found] == [[{"Key": "k", "Value": "v"}]]
    s3 = client(server, "s3")
    s3.create_bucket(Bucket="one")
    started = time.monotonic()
    s3.put_object(Bucket="one", Key="a b/ü", Body=b"x" * 70_000, IfNoneMatch="*")
    assert time.monotonic() - started < 0.9, "a client that expects 100-continue is told to go on"
    assert s3.get_object(Bucket="one", Key="a b/ü")["Body"].read() == b"x" * 70_000
    assert s3.head_object(Bucket="one", Key="a b/ü")["ContentLength"] == 70_000
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="one", Key="a b/ü", Body=b"", IfNoneMatch="*")
    s3.delete_object(Bucket="one", Key="a b/ü")
    assert [call.service for call in box.calls[:4]] == ["organizations", "sts", "account", "resourcegroupstaggingapi"]


def test_refusals_are_as_without_a_wire(served: tuple[Sandbox, Server]) -> None:
    box, server = served
    seen = []
    for org in (client(server), box.session().client("organizations")):
        for act in (
            lambda org: org.describe_account(AccountId="999999999999"),
            lambda org: org.create_organizational_unit(ParentId="r-none", Name="a"),
            lambda org: org.leave_organization(),
        ):
            with pytest.raises(ClientError) as caught:
                act(org)
            response = caught.value.response
            seen.append((response["Error"], response.get("Reason"), response["ResponseMetadata"]["HTTPStatusCode"]))
    assert seen[:3] == seen[3:]


def test_callers_by_their_keys(served: tuple[Sandbox, Server]) -> None:
    box, server = served
    account = add_account(box.state, "one", "one@example.com")
    credentials = box.session(account).get_credentials()
    assert credentials
    for key, caller in ((credentials.access_key, account), ("AKIAIOSFODNN7EXAMPLE", MANAGEMENT_ACCOUNT)):
        assert client(server, "sts", key).get_caller_identity()["Account"] == caller


@pytest.mark.parametrize(
    ("service", "ask"),
    [
        ("sqs", lambda client: client.list_queues()),
        ("iam", lambda client: client.list_roles()),
        ("lambda", lambda client: client.list_functions()),
    ],
)
def test_other_services_are_refused(served: tuple[Sandbox, Server], service: str, ask: Any) -> None:
    with pytest.raises(ClientError, match="NotSimulated"):
        ask(client(served[1], service))


def asked(server: Server, method: str = "POST", headers: dict[str, str] | None = None, body: Any = "{}") -> Any:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, "/", body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_what_is_not_for_aws(served: tuple[Sandbox, Server]) -> None:
    _, server = served
    assert asked(server)[0] == 403
    assert b"MissingAuthenticationToken" in asked(server)[1]
    assert asked(server, "OPTIONS")[0] == 501
    assert asked(server, headers={"Content-Length": str(1 << 30)}, body=None)[0] == 413
    assert asked(server, headers={"Content-Length": "-1"}, body=None)[0] == 413


def test_only_this_computer_reaches_it(served: tuple[Sandbox, Server]) -> None:
    _, server = served
    assert server._http.server_address[0] == "127.0.0.1"
    assert server.url.startswith("http://127.0.0.1:")


def test_what_gets_lost_ends_the_connection(served: tuple[Sandbox, Server]) -> None:
    box, server = served
    org = client(server)
    box.faults = Faults(lost_before=1)
    with pytest.raises(ConnectionClosedError):
        org.create_organizational_unit(ParentId=root(box), Name="a")
    assert not box.state.units
    box.faults = Faults(lost_after=1)
    with pytest.raises(ConnectionClosedError):
        org.create_organizational_unit(ParentId=root(box), Name="a")
    assert len(box.state.units) == 1
    box.faults = Faults(crash_at=1, crash_after=True)
    with pytest.raises(ConnectionClosedError):
        org.list_roots()
    org.list_roots()


def test_hooks_around_every_call() -> None:
    seen: list[tuple[str, int, str, int]] = []
    lost = {3: "before", 5: "after"}

    with Sandbox(rates=False, speed=1) as box:

        def note(when: str, number: int, call: Call) -> None:
            seen.append((when, number, call.operation, len(box.state.units)))
            if lost.get(number) == when:
                raise Lost(heard=when == "after")

        with box.served(before=lambda n, c: note("before", n, c), after=lambda n, c: note("after", n, c)) as server:
            org = client(server)
            org.create_organizational_unit(ParentId=root(box), Name="a")
            with pytest.raises(ClientError):
                org.create_organizational_unit(ParentId=root(box), Name="a")
            for _ in range(2):
                with pytest.raises(ConnectionClosedError):
                    org.create_organizational_unit(ParentId=root(box), Name="b")
                org.list_roots()
        made = {unit.name for unit in box.state.units.values()}
    assert [entry[:2] + entry[3:] for entry in seen] == [
        ("before", 1, 0),
        ("after", 1, 1),
        ("before", 2, 1),
        ("after", 2, 1),
        ("before", 3, 1),
        ("before", 4, 1),
        ("after", 4, 1),
        ("before", 5, 1),
        ("after", 5, 2),
        ("before", 6, 2),
        ("after", 6, 2),
    ]
    assert made == {"a", "b"}, "lost before: not done; lost after: done"


CLIENT = """
import boto3, sys
org = boto3.client("organizations")
root = org.list_roots()["Roots"][0]["Id"]
for name in "abcde":
    org.create_organizational_unit(ParentId=root, Name=name)
"""


@pytest.mark.parametrize(("when", "left"), [("before", "ab"), ("after", "abc")])
def test_a_client_that_is_killed_at_its_fourth_call(tmp_path: Path, when: str, left: str) -> None:
    running: list[subprocess.Popen[bytes]] = []
    started = threading.Event()

    def kill(number: int, _: Call) -> None:
        if number == 4:
            started.wait(10)
            running[0].kill()
            running[0].wait()
            raise Lost(heard=when == "after")

    hooks: dict[str, Any] = {when: kill}
    with Sandbox(tmp_path, rates=False, speed=1) as box, box.served(**hooks) as server:
        running.append(subprocess.Popen([sys.executable, "-c", CLIENT], env=environment(**server.environment)))
        started.set()
        assert running[0].wait(60) == -signal.SIGKILL
        assert client(server).list_roots()
    with Sandbox(tmp_path) as box:
        assert {unit.name for unit in box.state.units.values()} == set(left)


def test_many_clients_at_once(served: tuple[Sandbox, Server]) -> None:
    box, server = served
    failures: list[Exception] = []

    def work(name: str) -> None:
        try:
            org = client(server)
            for number in range(10):
                org.create_organizational_unit(ParentId=root(box), Name=f"{name}{number}")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(box.state.units) == 40


def test_a_port_that_is_taken(served: tuple[Sandbox, Server]) -> None:
    box, server = served
    with pytest.raises(FactoryError, match="cannot be used") as caught, box.served(int(server.url.rpartition(":")[2])):
        pytest.fail("served")
    assert "--port" in caught.value.fix


def test_it_ends_although_clients_hold_their_connections(served: tuple[Sandbox, Server]) -> None:
    box, _ = served
    with box.served() as server:
        org = client(server)
        org.list_roots()
    with pytest.raises(FactoryError, match="nothing leaves this process"):
        org.list_roots()
    left = [thread.name for thread in threading.enumerate() if "sandbox-server" in thread.name]
    assert len(left) == 1, "that of the other server"


def test_other_addresses_stay_closed(served: tuple[Sandbox, Server]) -> None:
    make: Any = boto3.client
    keys = {"region_name": "us-east-1", "aws_access_key_id": "any", "aws_secret_access_key": "any"}
    assert ":9/" not in f"{served[1].url}/"
    with pytest.raises(FactoryError, match="nothing leaves this process"):
        make("organizations", endpoint_url="http://127.0.0.1:9", **keys).list_roots()


def test_a_state_that_cannot_be_stored_is_aws_having_a_problem(tmp_path: Path) -> None:
    with Sandbox(tmp_path, speed=1) as box, box.served() as server:
        (tmp_path / "state.json.new").mkdir()
        with pytest.raises(ClientError, match="InternalFailure") as caught:
            client(server).create_organizational_unit(ParentId=root(box), Name="a")
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
        (tmp_path / "state.json.new").rmdir()


def test_time_is_real_there(served: tuple[Sandbox, Server]) -> None:
    box, server = served
    before = time.time()
    status = client(server).create_account(AccountName="one", Email="one@example.com")["CreateAccountStatus"]
    # To the second, as the service tells times.
    assert before - 1 < status["RequestedTimestamp"].timestamp() < time.time() + 1
    box.reset()
    assert abs(box.clock.now() - time.time()) < 1


def test_time_passes_faster() -> None:
    with Sandbox(speed=200, timing=Timing(creation=(20, 20))) as box, box.served() as server:
        org = client(server)
        asked = org.create_account(AccountName="one", Email="one@example.com")["CreateAccountStatus"]
        end = time.monotonic() + 10
        while time.monotonic() < end:
            found = org.describe_create_account_status(CreateAccountRequestId=asked["Id"])["CreateAccountStatus"]
            if found["State"] != "IN_PROGRESS":
                break
            box.clock.sleep(2)
    assert found["State"] == "SUCCEEDED"


def test_a_clock_that_runs() -> None:
    clock = RunningClock(100)
    before = clock.now()
    assert abs(before - time.time()) < 5
    clock.set(EPOCH)
    clock.sleep(1)
    assert 1 <= clock.now() - before < 100
    with pytest.raises(ValueError, match="non-negative"):
        clock.sleep(-1)


def test_simulated_time_that_is_ahead_is_brought_before_now(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as box:
        box.clock.sleep(10 * 365 * 86400.0)
        org: Any = box.session().client("organizations")
        org.create_account(AccountName="one", Email="one@example.com")
        (creation,) = box.state.creations.values()
        left = creation.completes_at - box.clock.now()
    with Sandbox(tmp_path, speed=1) as box:
        (creation,) = box.state.creations.values()
        assert abs(creation.requested_at - time.time()) < 5
        assert creation.completes_at - creation.requested_at == pytest.approx(left)
        assert all(account.joined_at < time.time() for account in box.state.accounts.values())


def test_everything_with_a_time_moves() -> None:
    state = new_state(0)
    closed = add_account(state, "one", "one@example.com", account_state="CLOSED")
    state.creations["car-1"] = Creation("car-1", "two", "two@example.com", 1000.0, 2000.0)
    state.closures.append(EPOCH)
    move(state, -500)
    assert (state.now, state.closures, state.accounts[closed].closed_at) == (EPOCH - 500, [EPOCH - 500], EPOCH - 500)
    creation = state.creations["car-1"]
    assert (creation.requested_at, creation.completes_at, creation.completed_at) == (500, 1500, None)
    move(state, -800)
    assert creation.requested_at == 0, "there is no time before 1970"


def test_the_environment_leads_clients_there(served: tuple[Sandbox, Server], tmp_path: Path) -> None:
    box, server = served
    done = subprocess.run(
        [sys.executable, "-c", CLIENT], env=environment(**server.environment), cwd=tmp_path, timeout=60, check=False
    )
    assert done.returncode == 0
    assert {unit.name for unit in box.state.units.values()} == set("abcde")
