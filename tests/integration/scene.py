"""The ten accounts of `tests.engine.upheaval` in a sandbox behind HTTP, and real runs that change them."""

from __future__ import annotations

import base64
import json
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from factory.core.journal import Chain, read
from factory.sandbox import Call, Lost, Sandbox, Timing
from factory.sandbox.picture import picture
from factory.sandbox.seeding import add_bucket
from factory.sandbox.server import Server
from factory.sandbox.state import to_json
from tests.cli import forked
from tests.cli.processes import environment
from tests.engine.ground import LIMITS, READS
from tests.engine.upheaval import CONSENT, upheaval
from tests.integration.conftest import hurried

AGREED = ("--close", "mail", "--allow", "mass-change")
APPLY = ("apply", "--yes", *AGREED)
BUCKET, KEY = "example-factory", "factory/main.lock"
LEASE = 8
"""Seconds. Few, since some runs wait for the end of one; S3 tells times in whole ones."""

PATIENCE = {
    "creation.settle": "poll_seconds: 0.1, deadline_seconds: 0.3",
    "lock.lease": f"poll_seconds: 0.2, deadline_seconds: {LEASE}",
    "lock.margin": "poll_seconds: 0.1, deadline_seconds: 1",
}
TIMING = Timing(creation=(0.2, 1.5), closure=(0.1, 0.2))
"""Real seconds: some creations end while the next process starts, some do not."""


@dataclass(frozen=True)
class Prepared:
    """Files of after, the organization of before as it is stored, and what an undisturbed run makes of it.

    ``writes``: how many calls that takes, ``reads_first`` how many come before them.
    """

    files: Path
    state: str
    wanted: dict[str, str]
    writes: int
    reads_first: int


def prepare(folder: Path) -> Prepared:
    """Build it all in process, on simulated time."""
    with upheaval(folder) as (made, _):
        state = json.dumps(to_json(made.box.state))
        start = len(made.box.calls)
        made.built(CONSENT)
        made.box.clock.sleep(3600)
        reads = [call.operation.startswith(READS) for call in made.box.calls[start:]]
        return Prepared(folder, state, picture(made.box.state), reads.count(False), reads.index(False))


class Moment(NamedTuple):
    """When: so many calls behind the write of this number, before or after the effect of that call.

    0 is the start. Where an ``operation`` is named, only its writes are counted.
    """

    write: int
    further: int = 0
    after: bool = False
    operation: str = ""


@dataclass
class Around:
    """Stands around every call that arrives: keeps its name, and acts once when the moment has come.

    ``each`` is done after every call.
    """

    moment: Moment | None = None
    act: Callable[[], None] = lambda: None
    each: Callable[[], None] = lambda: None
    names: list[str] = field(default_factory=list)
    _behind: int = 0

    def at(self, moment: Moment, act: Callable[[], None]) -> None:
        """Act at this moment, counted from now. ``act`` may raise `Lost`."""
        self.names.clear()
        self.moment, self.act, self._behind = moment, act, 0

    def before(self, _: int, call: Call) -> None:
        self.names.append(call.operation)
        if self.moment is not None and self._writes(self.moment.operation) >= self.moment.write:
            self._behind += 1
        self._act(after=False)

    def after(self, _: int, __: Call) -> None:
        self.each()
        self._act(after=True)

    def _writes(self, operation: str) -> int:
        return sum(1 for name in self.names if name.startswith(operation) and not name.startswith(READS))

    def made(self, operation: str) -> bool:
        """Whether this was asked for."""
        return operation in self.names

    def changes(self) -> Counter[str]:
        """The calls that change the organization, by name."""
        return Counter(name for name in self.names if not name.startswith((*READS, "PutObject")))

    def _act(self, *, after: bool) -> None:
        moment = self.moment
        if moment is not None and moment.after is after and self._behind == moment.further + 1:
            self.moment = None
            self.act()


@dataclass
class Running:
    """A process of the command in a checkout. What it prints goes into files, so that nobody need listen."""

    child: forked.Child
    paths: tuple[Path, Path]

    @property
    def out(self) -> str:
        return self.paths[0].read_text()

    @property
    def err(self) -> str:
        return self.paths[1].read_text()

    @property
    def told(self) -> str:
        """All that it printed, without line breaks."""
        return " ".join((self.out + self.err).split())

    def code(self, seconds: float = 60) -> int:
        """Its exit code, once it has ended."""
        return self.child.wait(seconds)

    def killed(self) -> None:
        """End it as nothing can object to, and see it dead."""
        self.child.kill()
        assert self.child.wait(10) == -signal.SIGKILL


@dataclass
class Scene:
    """The served sandbox and the checkouts whose runs talk to it."""

    folder: Path
    prepared: Prepared
    box: Sandbox
    around: Around
    server: Server
    children: list[Running] = field(default_factory=list)

    def checkout(self, name: str = "here", *, lock: bool = False) -> Path:
        """Fresh files of after; with the lock in S3."""
        root = self.folder / name
        for part in ("accounts", "baselines"):
            shutil.copytree(self.prepared.files / part, root / part)
        (root / "limits.yaml").write_text(hurried(LIMITS, **PATIENCE))
        if lock:
            with (root / "accounts" / "organization.yaml").open("a") as file:
                file.write(f"lock: {{bucket: {BUCKET}, region: us-east-1}}\n")
        return root

    def start(self, root: Path, *typed: str, **more: str) -> Running:
        """Begin a command in a checkout."""
        number = len(self.children)
        paths = self.folder / f"out-{number}", self.folder / f"err-{number}"
        surroundings = environment(**self.server.environment, **more)
        child = forked.start(root, (*typed, "--limits", "limits.yaml", "--no-color"), surroundings, *paths)
        running = Running(child, paths)
        self.children.append(running)
        return running

    def run(self, root: Path, *typed: str, **more: str) -> Running:
        """A command from its start to its end."""
        running = self.start(root, *typed, **more)
        running.code()
        return running

    def killed(self, root: Path, moment: Moment, *typed: str) -> Running:
        """A command that is killed at this moment. Fails where it ends before."""
        begun: list[Running] = []

        def kill() -> None:
            eventually(lambda: bool(begun))
            begun[0].killed()
            raise Lost(heard=moment.after)

        self.around.at(moment, kill)
        begun.append(self.start(root, *typed))
        code = begun[0].code()
        assert code == -signal.SIGKILL, f"ended with {code} before {moment}: {begun[0].out}{begun[0].err}"
        return begun[0]

    def lock(self) -> dict[str, Any]:
        """What stands in S3 where the lock is."""
        stored = self.box.state.objects.get(f"{BUCKET}/{KEY}")
        found: dict[str, Any] = json.loads(base64.b64decode(stored.body)) if stored else {"state": "free"}
        return found

    def lock_age(self) -> float:
        """Seconds since it was written."""
        return self.box.clock.now() - self.box.state.objects[f"{BUCKET}/{KEY}"].modified_at

    def hold_creations(self) -> None:
        """From now on no account is made before `release_creations`."""

        def hold() -> None:
            for creation in self.box.state.creations.values():
                if creation.state == "IN_PROGRESS":
                    creation.completes_at = self.box.clock.now() + 3600

        self.around.each = hold

    def release_creations(self) -> None:
        """Let AWS finish what it works on."""
        self.around.each = lambda: None
        for creation in self.box.state.creations.values():
            creation.completes_at = min(creation.completes_at, self.box.clock.now())

    def asked_once(self) -> bool:
        """Whether no account was asked for twice."""
        asked = Counter(creation.email for creation in self.box.state.creations.values())
        return set(asked.values()) == {1}

    def as_wanted(self) -> bool:
        """Whether the organization is as an undisturbed run leaves it; prints what differs."""
        eventually(lambda: all(account.closes_at is None for account in self.box.state.accounts.values()))
        wanted, found = self.prepared.wanted, picture(self.box.state)
        for name in sorted(wanted.keys() | found.keys()):
            if wanted.get(name) != found.get(name):
                print(f"{name}: {found.get(name)}, wanted: {wanted.get(name)}")
        return wanted == found

    def finished(self, root: Path) -> None:
        """See that all is done: as wanted, nobody asked for twice, nothing left, and a journal that holds."""
        assert self.as_wanted()
        assert self.asked_once()
        again = self.run(root, "plan", "--detailed-exitcode", *AGREED)
        assert again.code() == 0, again.out + again.err
        verified = self.run(root, "audit", "verify")
        assert verified.code() == 0, verified.out + verified.err
        assert journal(root).sound


def journal(root: Path) -> Chain:
    """The journal of a checkout."""
    return read((root / ".factory" / "journal" / "journal.jsonl").read_bytes())


def eventually(true: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until this is true, as real processes have to be waited for. Fails where it never is."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.01)


@contextmanager
def scene(folder: Path, prepared: Prepared) -> Iterator[Scene]:
    """The organization of before, stored and served; no process outlives it."""
    stored = folder / "aws"
    stored.mkdir()
    (stored / "state.json").write_text(prepared.state)
    around = Around()
    with Sandbox(stored, limits=LIMITS, rates=False, timing=TIMING, speed=1) as box:
        add_bucket(box.state, BUCKET)
        with box.served(before=around.before, after=around.after) as server:
            made = Scene(folder, prepared, box, around, server)
            try:
                yield made
            finally:
                for running in made.children:
                    running.child.kill()
                    running.child.wait(10)
