"""Faults: each strikes real boto3 clients as the real thing would, as often as asked for, and the same again."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from factory.aws.call import LATER
from factory.aws.errors import CredentialsError, LostReply
from factory.aws.session import from_session
from factory.sandbox import Crash, Faults, Sandbox, Timing
from factory.sandbox.operations import OPERATIONS
from factory.spec import load_limits
from tests.aws.fakes import opened

ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})
SIX = Config(retries={"mode": "standard", "total_max_attempts": 6})
ASKING: dict[str, Callable[[Any], object]] = {
    "organizations": lambda client: client.list_roots(),
    "account": lambda client: client.get_account_information(),
    "resourcegroupstaggingapi": lambda client: client.get_resources(),
    "sts": lambda client: client.get_caller_identity(),
}


def client(box: Sandbox, config: Config = ONCE, service: str = "organizations") -> Any:
    return box.session().client(service, config=config)


def root(box: Sandbox) -> str:
    assert box.state.organization
    return box.state.organization.root_id


def make(box: Sandbox, name: str, config: Config = ONCE) -> Any:
    return client(box, config).create_organizational_unit(ParentId=root(box), Name=name)


def units(box: Sandbox) -> set[str]:
    return {unit.name for unit in box.state.units.values()}


def whats(box: Sandbox) -> list[tuple[int, str]]:
    return [(strike.number, strike.what) for strike in box.struck]


def refusal(act: Callable[[], object]) -> tuple[str, int]:
    """The error code and the HTTP status of a refusal."""
    with pytest.raises(ClientError) as caught:
        act()
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def outcomes(box: Sandbox, calls: int, act: Callable[[int], object]) -> Counter[str]:
    found: Counter[str] = Counter()
    for number in range(calls):
        try:
            act(number)
            found["fine"] += 1
        except ClientError as error:
            found[error.response["Error"]["Code"]] += 1
        except (ConnectionClosedError, ReadTimeoutError) as error:
            found[type(error).__name__] += 1
    return found


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("organizations", ("TooManyRequestsException", 400)),
        ("account", ("TooManyRequestsException", 429)),
        ("resourcegroupstaggingapi", ("ThrottledException", 400)),
        ("sts", ("Throttling", 400)),
    ],
)
def test_a_throttle_in_the_words_of_each_service(box: Sandbox, service: str, expected: tuple[str, int]) -> None:
    box.faults = Faults(throttled=1)
    assert refusal(lambda: ASKING[service](client(box, ONCE, service))) == expected
    assert refusal(lambda: ASKING[service](client(box, SIX, service))) == expected
    assert len(box.calls) == len(box.struck) == len(box.refusals) == 7, "botocore takes it for a throttle and repeats"


def test_shares_are_shares_of_the_calls(box: Sandbox) -> None:
    box.faults = Faults(seed=3, throttled=0.3, lost_before=0.1, lost_after=0.05, conflicts=0.5)
    org = client(box)
    found = outcomes(box, 1000, lambda _: org.list_roots())
    assert 260 < found["TooManyRequestsException"] < 340
    assert 70 < found["ConnectionClosedError"] < 130
    assert 30 < found["ReadTimeoutError"] < 70
    assert set(found) == {"fine", "TooManyRequestsException", "ConnectionClosedError", "ReadTimeoutError"}
    struck = Counter(strike.what for strike in box.struck)
    assert struck == {
        "throttled": found["TooManyRequestsException"],
        "lost before": found["ConnectionClosedError"],
        "lost after": found["ReadTimeoutError"],
    }
    assert len(box.calls) == 1000, "those that got lost were sent, too"


def test_conflicts_are_for_writes_to_the_organization(box: Sandbox) -> None:
    box.faults = Faults(conflicts=1)
    assert refusal(lambda: make(box, "a")) == ("ConcurrentModificationException", 400)
    assert whats(box) == [(1, "conflict")]
    assert box.refusals[0][1] in LATER
    for service, ask in ASKING.items():
        ask(client(box, ONCE, service))
    client(box, ONCE, "account").put_account_name(AccountName="other")
    assert len(box.struck) == 1
    assert units(box) == set()


def test_every_operation_that_can_conflict_here_can_in_aws() -> None:
    model = botocore.session.get_session().get_service_model("organizations")
    for name, operation in OPERATIONS["organizations"].items():
        known = {shape.name for shape in model.operation_model(name).error_shapes}
        assert "TooManyRequestsException" in known or name == "DescribeOrganization"
        assert not operation.writes or "ConcurrentModificationException" in known


def test_a_write_on_the_heels_of_another(box: Sandbox) -> None:
    box.faults = Faults(overlap_seconds=2)
    make(box, "a")
    box.clock.sleep(1.5)
    assert refusal(lambda: make(box, "b")) == ("ConcurrentModificationException", 400)
    box.clock.sleep(0.4)
    client(box).list_roots()
    assert refusal(lambda: make(box, "b"))[0] == "ConcurrentModificationException"
    box.clock.sleep(0.1)
    make(box, "b")
    assert whats(box) == [(2, "overlap"), (4, "overlap")]
    box.clock.sleep(2)
    client(box, ONCE, "account").put_account_name(AccountName="other")
    client(box, ONCE, "s3").create_bucket(Bucket="one")
    make(box, "c")
    assert len(box.struck) == 2, "what is written elsewhere does not keep the organization busy"


def test_a_request_that_is_lost_does_nothing(box: Sandbox) -> None:
    box.faults = Faults(lost_before=1)
    with pytest.raises(ConnectionClosedError):
        make(box, "a", SIX)
    assert len(box.calls) == 6, "botocore repeats"
    assert units(box) == set()
    assert box.refusals == []


def test_an_answer_that_is_lost_leaves_its_effect(box: Sandbox) -> None:
    seen: list[str] = []
    box.watchers.append(lambda call: seen.append(call.operation))
    box.faults = Faults(lost_after=1)
    with pytest.raises(ReadTimeoutError):
        make(box, "a")
    assert units(box) == {"a"}
    assert seen == ["CreateOrganizationalUnit"], "watchers see what was done"
    with pytest.raises(ReadTimeoutError):
        make(box, "a", SIX)
    assert [code for _, code in box.refusals] == ["DuplicateOrganizationalUnitException"] * 6, "refusals get lost, too"


def test_a_creation_is_sent_once_whatever_gets_lost(box: Sandbox) -> None:
    aws = opened(from_session(box.session(), load_limits(), box.clock))
    for faults in (Faults(lost_before=1), Faults(lost_after=1)):
        box.faults = faults
        with pytest.raises(LostReply):
            aws.organizations.create_account("one@example.com", "one", {})
    assert [call.operation for call in box.calls] == ["CreateAccount"] * 2
    assert len(box.state.creations) == 1


def test_reads_may_be_old_but_not_too_old(box: Sandbox) -> None:
    org = client(box)
    box.faults = Faults(stale_seconds=60)

    def listed() -> frozenset[str]:
        found = org.list_organizational_units_for_parent(ParentId=root(box))["OrganizationalUnits"]
        return frozenset(unit["Name"] for unit in found)

    make(box, "a")
    box.clock.sleep(20)
    make(box, "b")
    box.clock.sleep(20)
    seen = Counter(listed() for _ in range(200))
    assert set(seen) == {frozenset(), frozenset("a"), frozenset("ab")}
    assert all(40 < count < 95 for count in seen.values()), seen
    assert Counter(strike.what for strike in box.struck) == {"stale": seen[frozenset()] + seen[frozenset("a")]}
    box.clock.sleep(21)
    assert {listed() for _ in range(100)} == {frozenset("a"), frozenset("ab")}, "nothing older than a minute"
    box.clock.sleep(20)
    assert {listed() for _ in range(100)} == {frozenset("ab")}
    box.faults = None
    make(box, "c")
    assert listed() == frozenset("abc")


def test_only_as_much_of_the_past_is_kept_as_can_be_seen(box: Sandbox) -> None:
    box.faults = Faults(stale_seconds=10)
    for number in range(30):
        make(box, str(number))
        box.clock.sleep(2)
    assert len(box._active.injector._past) == 5
    box.faults = Faults(throttled=0.001)
    make(box, "a")
    assert not box._active.injector._past, "who does not ask for it does not pay for it"


def test_writes_act_on_the_present(box: Sandbox) -> None:
    box.faults = Faults(stale_seconds=1000)
    make(box, "a")
    for _ in range(20):
        assert refusal(lambda: make(box, "a"))[0] == "DuplicateOrganizationalUnitException"
    sts = client(box, ONCE, "sts")
    for _ in range(20):
        sts.get_caller_identity()
    assert box.struck == []


def test_what_happens_by_itself_may_be_seen_late(box: Sandbox) -> None:
    """Each thing at its own time, also where nobody asked in between."""
    with Sandbox(timing=Timing(creation=(30, 30)), faults=Faults(stale_seconds=10)) as box:
        org = client(box)
        asked = []
        for name in ("one", "two"):
            asked.append(org.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"])
            box.clock.sleep(8)
        box.clock.sleep(26)

        def states() -> str:
            found = [org.describe_create_account_status(CreateAccountRequestId=status["Id"]) for status in asked]
            return " ".join(answer["CreateAccountStatus"]["State"] for answer in found)

        # It is 42 s after the first: they ended 12 and 4 seconds ago.
        assert {states() for _ in range(50)} == {"SUCCEEDED SUCCEEDED", "SUCCEEDED IN_PROGRESS"}
        box.clock.sleep(7)
        assert {states() for _ in range(50)} == {"SUCCEEDED SUCCEEDED"}


def test_creations_fail_for_the_reasons_asked_for(box: Sandbox) -> None:
    box.faults = Faults(creation_failures={"INTERNAL_FAILURE": 0.5, "EMAIL_ALREADY_EXISTS": 0.2})
    org = client(box)
    for number in range(100):
        org.create_account(AccountName=str(number), Email=f"{number}@example.com")
        box.clock.sleep(120)
    ended = Counter(creation.failure_reason for creation in box.state.creations.values())
    assert 35 < ended["INTERNAL_FAILURE"] < 65
    assert 10 < ended["EMAIL_ALREADY_EXISTS"] < 30
    assert set(ended) == {"INTERNAL_FAILURE", "EMAIL_ALREADY_EXISTS", None}
    struck = Counter(strike.what for strike in box.struck)
    assert struck == {reason: count for reason, count in ended.items() if reason}


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("organizations", ("ExpiredTokenException", 400)),
        ("account", ("ExpiredTokenException", 403)),
        ("resourcegroupstaggingapi", ("ExpiredTokenException", 400)),
        ("sts", ("ExpiredToken", 403)),
    ],
)
def test_credentials_that_expire(box: Sandbox, service: str, expected: tuple[str, int]) -> None:
    box.faults = Faults(expires_after_calls=3)
    asking = client(box, SIX, service)
    for _ in range(3):
        ASKING[service](asking)
    assert refusal(lambda: ASKING[service](asking)) == expected
    assert refusal(lambda: ASKING[service](asking)) == expected
    assert whats(box) == [(4, "expired"), (5, "expired")], "nobody repeats that"
    box.faults = None
    ASKING[service](asking)


def test_the_factory_takes_them_for_what_they_are(box: Sandbox) -> None:
    aws = from_session(box.session(), load_limits(), box.clock)
    box.faults = Faults(expires_after_calls=0)
    with pytest.raises(CredentialsError):
        aws.sts.caller()


@pytest.mark.parametrize(("crash_after", "left"), [(False, {"a"}), (True, {"a", "b"})])
def test_a_crash_before_or_after_the_effect_and_its_storing(tmp_path: Path, crash_after: bool, left: set[str]) -> None:
    with Sandbox(tmp_path, faults=Faults(crash_at=2, crash_after=crash_after)) as box:
        make(box, "a")

        def work() -> None:
            try:
                make(box, "b", SIX)
            except Exception:  # what a program does about errors is not done any more
                pytest.fail("a crash was handled")

        with pytest.raises(Crash):
            work()
        stored = (tmp_path / "state.json").read_text()
    with Sandbox(tmp_path) as again:
        assert units(again) == left
    assert all(f'"{name}"' in stored for name in left)


def test_a_crash_leaves_the_sandbox_in_order(box: Sandbox) -> None:
    for crash_after in (False, True):
        box.faults = Faults(crash_at=1, crash_after=crash_after)
        with pytest.raises(Crash):
            client(box, SIX).list_roots()
        assert whats(box) == [(1, "crash after" if crash_after else "crash before")]
        client(box).list_roots()
    box.faults = Faults(crash_at=1, crash_after=True)
    with pytest.raises(Crash):
        client(box).describe_account(AccountId="999999999999")
    assert [code for _, code in box.refusals] == ["AccountNotFoundException"]


def faulty_run(seed: int) -> list[tuple[int, str, str]]:
    faults = Faults(seed=seed, throttled=0.2, conflicts=0.2, lost_before=0.1, lost_after=0.1, stale_seconds=5)
    with Sandbox(rates=False, faults=faults) as box:
        org = client(box)
        for number in range(40):
            outcomes(box, 1, lambda _, n=number: org.create_organizational_unit(ParentId=root(box), Name=f"{n}"))
            outcomes(box, 1, lambda _: org.list_roots())
            box.clock.sleep(1)
        return [(strike.number, strike.call.operation, strike.what) for strike in box.struck]


def test_the_same_seed_and_calls_give_the_same_faults() -> None:
    assert faulty_run(1) == faulty_run(1)
    assert faulty_run(1) != faulty_run(2)


def test_threads_do_not_change_which_calls_are_struck() -> None:
    def numbers(threads: int) -> list[tuple[int, str]]:
        with Sandbox(rates=False, faults=Faults(seed=5, throttled=0.3)) as box:
            org = client(box)
            work = [
                threading.Thread(target=lambda: outcomes(box, 60 // threads, lambda _: org.list_roots()))
                for _ in range(threads)
            ]
            for thread in work:
                thread.start()
            for thread in work:
                thread.join()
            return whats(box)

    assert numbers(1) == numbers(4)


def test_faults_are_set_and_mended_while_it_runs(box: Sandbox) -> None:
    org = client(box)
    assert box.faults is None
    org.list_roots()
    box.faults = Faults(throttled=1)
    refusal(org.list_roots)
    assert whats(box) == [(1, "throttled")], "counted from when they were set"
    box.faults = None
    org.list_roots()
    assert whats(box) == [(1, "throttled")], "what was broken is still told"
    box.faults = Faults(expires_after_calls=1)
    assert box.struck == []
    org.list_roots()
    refusal(org.list_roots)
    box.reset()
    assert (box.struck, box.refusals) == ([], [])
    org.list_roots()
    refusal(org.list_roots)


def test_faults_reach_every_session(box: Sandbox) -> None:
    clients = [box.session(region=region).client("organizations", config=ONCE) for region in ("us-east-1", "eu-west-1")]
    box.faults = Faults(throttled=1)
    for org in clients:
        refusal(org.list_roots)


@pytest.mark.parametrize(
    "shares",
    [
        {"throttled": 1.1},
        {"throttled": -0.1},
        {"throttled": 0.6, "lost_after": 0.5},
        {"creation_failures": {"INTERNAL_FAILURE": 2}},
        {"creation_failures": {"A": 0.6, "B": 0.6}},
    ],
)
def test_shares_that_are_none(shares: Any) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        Faults(**shares)
