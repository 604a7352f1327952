"""A factory without AWS: the engine and the way to AWS are stand-ins that remember what they were asked."""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import factory
from factory.aws.clock import WALL
from factory.cli.root import run
from factory.core import address
from factory.core.change import Plan, Report
from factory.engine.journal import Facts, Journal
from factory.engine.saved_plans import expect
from factory.engine.scheduler import Brake
from factory.engine.trials import Trials
from tests.views.samples import COMPLETE, EMPTY


@dataclass
class Event:
    kind: str
    change: Any
    note: str = ""
    seconds: float = 0.0
    about: Any = None


@dataclass
class Engine:
    """What the stand-in answers, and what it was asked."""

    found: Plan = EMPTY
    report: Report = COMPLETE
    error: BaseException | None = None
    moved: Exception | None = None
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def load(self, root: Path, limits_file: Path | None = None, further: Any = ()) -> tuple[Any, Any]:
        self.asked.append(("load", (root, limits_file)))
        organization = types.SimpleNamespace(
            home_region="eu-central-1",
            lock=None,
            accounts={"a": 1},
            units={"workloads/prod": 1},
            files={"guardrail": {"g": 1, "h": 2}},
            place={address.ROOT: 1, address.unit("workloads/prod"): 1}.get,
        )
        return organization, {}

    def plan(self, organization: Any, aws: Any, consent: Any) -> Plan:
        self.asked.append(("plan", consent))
        if self.error is not None:
            raise self.error
        return self.found

    def apply(
        self, plan: Plan, aws: Any, organization: Any, consent: Any, watch: Callable[[Any], None], **more: Any
    ) -> Report:
        self.asked.append(("apply", consent))
        for result in self.report.results:
            watch(Event("start", result.change))
            watch(Event("done", result.change, seconds=result.seconds))
        return self.report

    def confirm(self, shown: Plan, organization: Any, aws: Any, consent: Any, origin: Any = None) -> Plan:
        self.asked.append(("confirm", (consent, origin)))
        if self.moved is not None:
            raise self.moved
        return shown

    def expect(self, plan: Plan, digest: str) -> None:
        self.asked.append(("expect", digest))
        expect(plan, digest)

    def did(self, name: str) -> bool:
        return any(asked == name for asked, _ in self.asked)

    def agreed(self) -> Any:
        return next(value for asked, value in self.asked if asked == "plan")


@dataclass
class Screen:
    """What a run left behind."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> str:
        return self.out.splitlines()[-1]


@dataclass
class Shell:
    """Runs command lines in a repository with the stand-ins in place."""

    engine: Engine
    root: Path
    capture: pytest.CaptureFixture[str]
    options: list[Any] = field(default_factory=list)

    def __call__(self, *arguments: str) -> Screen:
        code = run([*arguments])
        out, err = self.capture.readouterr()
        return Screen(code, out, err)


def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    (tmp_path / "accounts").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    engine = Engine()
    module = types.ModuleType("factory.engine")
    vars(module).update(Brake=Brake, Journal=Journal, Facts=Facts, Trials=Trials)
    vars(module).update(gated=lambda *_: contextlib.nullcontext(), locked=lambda *_: contextlib.nullcontext())
    for name in ("load", "plan", "apply", "confirm", "expect"):
        vars(module)[name] = getattr(engine, name)
    monkeypatch.setitem(sys.modules, "factory.engine", module)
    monkeypatch.setattr(factory, "engine", module, raising=False)
    made = Shell(engine, tmp_path, capsys)

    @contextlib.contextmanager
    def connected(options: Any, limits: Any, organization: Any = None, run: str | None = None) -> Iterator[Any]:
        made.options.append(options)
        yield types.SimpleNamespace(reading=lambda: None, clock=WALL)

    monkeypatch.setattr("factory.cli.connect.connected", connected)
    return made


class Keyboard:
    """A terminal's input with this answer typed into it."""

    def __init__(self, answer: str) -> None:
        self.answer = answer

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        return self.answer
