"""Whatever runs do to one lock, lose on the way and suffer, no two of them may send changes at one time."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from random import Random
from types import SimpleNamespace
from typing import Any

import structlog
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from factory.aws.call import Calls
from factory.aws.errors import AwsError
from factory.aws.objects import Objects
from factory.aws.pacing import Pacing
from factory.core.errors import LockedOut
from factory.engine.lease import Lease
from factory.engine.lock_record import read_record
from factory.engine.locking import break_lock
from tests.engine.locks import LEASE, LIMITS, MARGIN, PAUSE, PLACE, RENEWAL, Time, Watch, holder

URL = "https://s3.invalid"
ROUNDING = 2
"""Seconds that S3's whole seconds may take from a lease."""

MOMENTS = st.sampled_from([0.5, 1, PAUSE, RENEWAL - 1, RENEWAL, MARGIN, LEASE / 2, LEASE - MARGIN, LEASE - 1, LEASE])


def refusal(code: str, status: int, operation: str) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)


@dataclass
class Store:
    """The bucket: conditional writes one after another, times in whole seconds."""

    time: Time
    objects: dict[str, tuple[bytes, str, int]] = field(default_factory=dict)
    writes: int = 0
    late: list[Callable[[], Any]] = field(default_factory=list)

    def now(self) -> int:
        return int(1_700_000_000.25 + self.time.passed)

    def put(self, asked: dict[str, Any]) -> dict[str, Any]:
        found = self.objects.get(asked["Key"])
        if "IfNoneMatch" in asked and found is not None:
            raise refusal("PreconditionFailed", 412, "PutObject")
        if "IfMatch" in asked and found is None:
            raise refusal("NoSuchKey", 404, "PutObject")
        if "IfMatch" in asked and found is not None and found[1] != asked["IfMatch"]:
            raise refusal("PreconditionFailed", 412, "PutObject")
        self.writes += 1
        etag = f'"{self.writes}"'
        self.objects[asked["Key"]] = (asked["Body"], etag, self.now())
        return {"ETag": etag}

    def get(self, key: str) -> dict[str, Any]:
        if key not in self.objects:
            raise refusal("NoSuchKey", 404, "GetObject")
        body, etag, modified = self.objects[key]
        date = format_datetime(datetime.fromtimestamp(self.now(), UTC), usegmt=True)
        return {
            "Body": io.BytesIO(body),
            "ETag": etag,
            "LastModified": datetime.fromtimestamp(modified, UTC),
            "ResponseMetadata": {"HTTPHeaders": {"date": date}},
        }


@dataclass
class Computer:
    """One run's client: its line may be down, lose the reply to a write, or let a write arrive much later."""

    store: Store
    down: bool = False
    lose: int = 0
    delay: int = 0

    def get_object(self, **asked: Any) -> Any:
        if self.down:
            raise ConnectTimeoutError(endpoint_url=URL)
        return self.store.get(asked["Key"])

    def put_object(self, **asked: Any) -> Any:
        if self.down:
            raise ConnectTimeoutError(endpoint_url=URL)
        if self.delay:
            self.delay -= 1
            self.store.late.append(lambda: self.store.put(asked))
            raise ReadTimeoutError(endpoint_url=URL)
        answer = self.store.put(asked)
        if self.lose:
            self.lose -= 1
            raise ReadTimeoutError(endpoint_url=URL)
        return answer


@dataclass
class Run:
    name: str
    lease: Lease
    computer: Computer
    alive: bool = True
    holds: bool = False
    passed_at: float | None = None
    ended: bool = False
    broken: bool = False


class Locking(RuleBasedStateMachine):
    """Runs come, work, pause, crash, are cut off, taken over and broken."""

    def __init__(self) -> None:
        super().__init__()
        self.time = Time()
        self.store = Store(self.time)
        self.runs: list[Run] = []
        self.highest = 0

    def watch(self, kind: type[Watch] = Watch) -> Watch:
        return kind(self.time, 1_800_000_000.0 + 977 * len(self.runs))

    def objects(self, computer: Computer, watch: Watch) -> Objects:
        return Objects(Calls(LIMITS, watch, Pacing(LIMITS, watch), Random(0)), computer, PLACE.bucket)

    def living(self) -> list[Run]:
        return [run for run in self.runs if run.alive]

    @initialize()
    def quiet(self) -> None:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))

    def teardown(self) -> None:
        structlog.reset_defaults()

    @rule(lose=st.booleans(), delay=st.booleans())
    def starts(self, lose: bool, delay: bool) -> None:
        computer, watch = Computer(self.store, lose=int(lose), delay=int(delay)), self.watch()
        name = f"run {len(self.runs)}"
        run = Run(name, Lease(self.objects(computer, watch), PLACE, holder(name), LIMITS, watch), computer)
        self.runs.append(run)
        before = self.stored()
        try:
            run.lease.acquire()
        except (LockedOut, AwsError):
            run.lease.release()
            run.alive, run.ended = False, True
        else:
            run.holds = True
            assert run.lease.token == before + 1

    @precondition(lambda self: self.living())
    @rule(data=st.data())
    def keeps(self, data: st.DataObject) -> None:
        self.one(data).lease.keep()

    @precondition(lambda self: self.living())
    @rule(data=st.data())
    def requires(self, data: st.DataObject) -> None:
        self.asks(self.one(data))

    @precondition(lambda self: self.living())
    @rule(data=st.data())
    def all_require(self, data: st.DataObject) -> None:
        for run in data.draw(st.permutations(self.living())):
            self.asks(run)

    @precondition(lambda self: self.living())
    @rule(data=st.data())
    def releases(self, data: st.DataObject) -> None:
        run = self.one(data)
        run.lease.release()
        run.alive, run.ended = False, True

    @precondition(lambda self: self.living())
    @rule(data=st.data())
    def crashes(self, data: st.DataObject) -> None:
        run = self.one(data)
        run.alive = False

    @rule(seconds=MOMENTS | st.floats(0, LEASE))
    def time_passes(self, seconds: float) -> None:
        self.time.passed += seconds

    @precondition(lambda self: self.living())
    @rule(data=st.data(), how=st.sampled_from(["cut", "mend", "lose", "delay"]))
    def line_fails(self, data: st.DataObject, how: str) -> None:
        run = self.one(data)
        if how in ("cut", "mend"):
            # A run that was broken and has not noticed must be able to: that is what breaking asks of a person.
            run.computer.down = how == "cut" and not run.broken
        elif how == "lose":
            run.computer.lose += 1
        else:
            run.computer.delay += 1

    @precondition(lambda self: any(run.holds and not run.broken for run in self.living()))
    @rule(data=st.data(), until=MOMENTS, then=st.sampled_from([1, PAUSE, MARGIN - ROUNDING, MARGIN, LEASE]))
    def cut_off_while_another_waits(self, data: st.DataObject, until: float, then: float) -> None:
        """What a lease is for: one cannot be reached any more, goes on as long as it may, and another comes."""
        run = data.draw(st.sampled_from([run for run in self.living() if run.holds and not run.broken]))
        run.computer.down = True
        self.time.passed += until
        self.asks(run)
        self.time.passed += then
        self.starts(lose=False, delay=False)
        for each in self.living():
            self.asks(each)

    @precondition(lambda self: self.store.late)
    @rule(data=st.data())
    def late_write_arrives(self, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.store.late) - 1))
        try:
            self.store.late.pop(index)()
        except ClientError:
            return

    @precondition(lambda self: any(not run.computer.down or not run.alive for run in self.runs))
    @rule(data=st.data())
    def breaks(self, data: st.DataObject) -> None:
        """A person breaks a run that is dead, or that at least can hear of it; it works on meanwhile."""
        victim = data.draw(st.sampled_from([run for run in self.runs if not run.computer.down or not run.alive]))
        machine = self

        class Meanwhile(Watch):
            def sleep(self, seconds: float) -> None:
                steps = data.draw(st.lists(st.floats(0, 1), max_size=4))
                whole = sum(steps) or 1.0
                for step in steps or [1.0]:
                    super().sleep(seconds * step / whole if sum(steps) else seconds / max(1, len(steps)))
                    for run in machine.living():
                        if data.draw(st.booleans()):
                            machine.asks(run)

        watch = self.watch(Meanwhile)
        aws: Any = SimpleNamespace(
            objects=lambda *_: self.objects(Computer(self.store), watch), limits=LIMITS, clock=watch
        )
        holding = self.holder()
        try:
            seen = break_lock(PLACE, aws, victim.name, holder(f"breaker {len(self.runs)}"))
        except LockedOut:
            assert holding != victim.name
        else:
            assert (seen is not None) == (holding == victim.name)
            victim.broken |= seen is not None

    def one(self, data: st.DataObject) -> Run:
        return data.draw(st.sampled_from(self.living()))

    def asks(self, run: Run) -> None:
        """The run is about to send a change; everything that must hold when it may."""
        began = self.time.passed
        try:
            run.lease.require()
        except LockedOut:
            return
        assert self.time.passed == began
        for other in self.runs:
            if other is run or other.passed_at is None:
                continue
            assert other.lease.token < run.lease.token, f"{run.name} may send changes after {other.name} did"
            if not other.ended and not other.broken:
                assert other.passed_at + MARGIN - ROUNDING <= began, f"{other.name} may not have finished its request"
        run.passed_at = began

    def stored(self) -> int:
        found = self.store.objects.get(PLACE.key)
        return read_record(found[0]).token if found else 0

    def holder(self) -> str | None:
        found = self.store.objects.get(PLACE.key)
        record = read_record(found[0]) if found else None
        return record.holder.run if record and record.held else None

    @invariant()
    def at_most_one_could_send_a_change_unasked(self) -> None:
        able = [
            run.name
            for run in self.living()
            if not run.lease.lost and not run.lease._due() and run.lease._left() > MARGIN
        ]
        assert len(able) <= 1, able

    @invariant()
    def the_token_never_goes_back(self) -> None:
        assert self.stored() >= self.highest
        self.highest = self.stored()


TestLocking = Locking.TestCase
TestLocking.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
