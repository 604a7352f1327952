"""``factory sandbox chaos``: what it shows, and that it would show a factory that does not survive."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from factory import engine
from factory.cli import storm as storms
from factory.cli.root import run
from factory.cli.storm import Outcome, Run, Weather, calm, storm
from factory.core.change import Plan
from factory.sandbox import Sandbox
from factory.sandbox.picture import picture
from factory.sandbox.seeding import add_account, add_policy, add_unit, attach, new_state
from tests.cli.fakes import Screen
from tests.cli.processes import small_repository
from tests.views.samples import COMPLETE, EMPTY

SEED = 2
WEATHER = Weather(SEED, throttled=0.3, conflicts=0.1, lost=0.05, stale=5, crashes=3, runs=20)


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return small_repository(tmp_path)


@pytest.fixture
def chaos(repository: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def typed(*arguments: str) -> Screen:
        code = run(["sandbox", "chaos", "--root", str(repository), *arguments])
        return Screen(code, *capsys.readouterr())

    return typed


def test_it_converges_and_shows_how(chaos: Any, repository: Path) -> None:
    shown = chaos("--seed", str(SEED))
    assert shown.code == 0, shown.out
    lines = shown.out.splitlines()
    assert f"seed {SEED}:" in lines[0]
    assert lines[-1] == "Converged."
    runs = [line for line in lines if line.startswith("run ")]
    assert len(runs) > 3
    assert sum("cut off" in line for line in runs) == 3
    verdict = dict(line.split(maxsplit=1) for line in lines[-6:-2])
    assert verdict["accounts"] == "2 made, none asked for twice"
    assert verdict["last"] == "plan     empty"
    assert verdict["organization"] == "as undisturbed"
    assert shown.err == "", "that calls fail is no news here"
    assert not (repository / ".factory").exists(), "it leaves nothing behind"


def test_the_same_seed_shows_the_same(chaos: Any) -> None:
    before = random.getstate()
    assert chaos("--seed", "7").out == chaos("--seed", "7").out
    assert chaos("--seed", "7").out != chaos("--seed", "8").out
    assert random.getstate() == before


def test_the_weather_is_as_ordered(chaos: Any) -> None:
    calm_day = ("--throttled", "0", "--conflicts", "0", "--lost", "0", "--stale", "0", "--crashes", "0")
    shown = chaos("--seed", "1", *calm_day)
    assert "struck" not in shown.out
    assert "in 1 run, 1.0 times the undisturbed" in shown.out
    assert "struck: throttled" in chaos("--seed", "1", *calm_day, "--throttled", "30").out
    assert "conflict" in chaos("--seed", "1", *calm_day, "--conflicts", "50").out.partition("\nrun")[2]
    assert "stale" in chaos("--seed", "1", *calm_day, "--stale", "30").out.partition("\nrun")[2]
    assert chaos("--seed", "1", *calm_day, "--crashes", "5").out.count("cut off ") == 5


def test_too_few_runs_do_not_converge_and_it_says_how_to_see_that_again(chaos: Any) -> None:
    shown = chaos("--seed", "5", "--runs", "1", "--stale", "2.5")
    assert shown.code == 1
    assert "Not converged." in shown.out
    assert shown.last.strip() == (
        "factory sandbox chaos --seed 5 --throttled 30 --conflicts 10 --lost 5 --stale 2.5 --crashes 3 --runs 1"
    )
    again = chaos(*shown.last.split()[3:])
    assert again.out == shown.out


def test_without_a_seed_one_is_drawn_and_told(chaos: Any) -> None:
    seeds = {chaos("--runs", "1").out.splitlines()[0] for _ in range(2)}
    assert len(seeds) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--throttled", "80", "--lost", "30"), "more than 100 together"),
        (("--throttled", "91"), "is not in the range"),
        (("--stale", "61"), "is not in the range"),
        (("--seed", "-1"), "is not in the range"),
        (("--runs", "0"), "is not in the range"),
    ],
)
def test_weather_that_is_none(chaos: Any, arguments: tuple[str, ...], message: str) -> None:
    shown = chaos(*arguments)
    assert shown.code == 64
    assert message in shown.err


def test_files_that_are_refused_are_not_the_fault_of_the_weather(chaos: Any, repository: Path) -> None:
    (repository / "accounts" / "shop.yaml").write_text("ou: nowhere\n")
    assert chaos().code == 65
    (repository / "accounts" / "shop.yaml").write_text('ou: workloads\nid: "012345678901"\n')
    shown = chaos()
    assert shown.code == 6
    assert "Converged" not in shown.out


def _storm(repository: Path, weather: Weather = WEATHER) -> Outcome:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    organization, limits = engine.load(repository)
    return storm(organization, limits, weather, calm(organization, limits), lambda _: None)


def test_a_second_request_for_an_account_is_seen(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A factory that asks again without looking does not pass, although AWS refuses the second account."""
    assert _storm(repository).converged

    def again(box: Sandbox, *_: Any) -> None:
        client: Any = box.session().client("organizations")
        for _ in range(2):
            client.create_account(AccountName="shop", Email="aws+shop@example.com")

    def careless(organization: Any, limits: Any, box: Sandbox, journal: Any) -> tuple[bool, str]:
        box.faults = None
        again(box)
        box.clock.sleep(300)
        return carefully(organization, limits, box, journal)

    carefully = storms._run
    monkeypatch.setattr(storms, "_run", careless)
    outcome = _storm(repository)
    assert outcome.twice == ("aws+shop@example.com",)
    assert not outcome.converged


def test_what_is_not_as_undisturbed_is_seen(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meddled = storms._left

    def meddle(organization: Any, limits: Any, box: Sandbox) -> Plan | None:
        left = meddled(organization, limits, box)
        add_unit(box.state, "strange")
        return left

    monkeypatch.setattr(storms, "_left", meddle)
    outcome = _storm(repository)
    assert outcome.left is not None
    assert outcome.left.empty
    assert outcome.different == ("unit strange",)
    assert not outcome.converged


RUNS = (Run(1, 5, {}, "complete"),)


@pytest.mark.parametrize(
    ("outcome", "converged"),
    [
        (Outcome(RUNS, 1, (), EMPTY, ()), True),
        (Outcome(RUNS, 1, ("a@example.com",), EMPTY, ()), False),
        (Outcome(RUNS, 1, (), None, ()), False),
        (Outcome(RUNS, 1, (), COMPLETE.plan, ()), False),
        (Outcome(RUNS, 1, (), EMPTY, ("root",)), False),
    ],
)
def test_when_it_has_converged(outcome: Outcome, converged: bool) -> None:
    assert outcome.converged is converged
    assert outcome.calls == 5


def test_a_picture_knows_names_and_no_ids() -> None:
    pictures = []
    for seed in (1, 2):
        state = new_state(seed)
        above = add_unit(state, "workloads", tags={"tier": "one"})
        below = add_unit(state, "prod", above)
        account = add_account(state, "one", "one@example.com", below)
        spaces = " " * seed
        attach(state, add_policy(state, "p", "SERVICE_CONTROL_POLICY", f'{{"a":{spaces}1}}'), account)
        pictures.append(picture(state))
    assert pictures[0] == pictures[1]
    assert json.loads(pictures[0]["account one@example.com"]) == {
        "attached": ["p"],
        "in": "workloads/prod",
        "name": "one",
        "state": "ACTIVE",
        "tags": {},
    }
    assert json.loads(pictures[0]["unit workloads"])["tags"] == {"tier": "one"}
    assert "policy SERVICE_CONTROL_POLICY p" in pictures[0]
