from __future__ import annotations

from pathlib import Path

import pytest

from factory.cli.options import Options
from tests.cli.fakes import Shell

ALL = {
    "--profile": "admin",
    "--region": "eu-west-1",
    "--sandbox": None,
    "--show-emails": None,
    "--no-color": None,
    "--no-input": None,
    "--log-format": "json",
    "-v": None,
    "-q": None,
}
TYPED = [word for name, value in ALL.items() for word in (name, value) if word is not None]
WANTED = Options(
    profile="admin",
    region="eu-west-1",
    sandbox=True,
    show_emails=True,
    no_color=True,
    no_input=True,
    log_format="json",
    verbose=1,
    quiet=1,
)


@pytest.mark.parametrize("before", [True, False])
def test_global_options_stand_on_either_side_of_the_command(shell: Shell, before: bool) -> None:
    arguments = [*TYPED, "plan"] if before else ["plan", *TYPED]
    assert shell(*arguments).code == 0
    assert shell.options == [WANTED]


def test_behind_wins_over_before_and_both_over_the_environment(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACTORY_PROFILE", "env")
    monkeypatch.setenv("FACTORY_REGION", "env")
    monkeypatch.setenv("FACTORY_SANDBOX", "1")
    shell("plan")
    shell("--region", "before", "-v", "plan", "--region", "behind", "-v")
    assert shell.options == [
        Options(profile="env", region="env", sandbox=True),
        Options(profile="env", region="behind", sandbox=True, verbose=2),
    ]


@pytest.mark.parametrize("value", ["0", "false", "no", ""])
def test_a_flag_can_be_off_in_the_environment(shell: Shell, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FACTORY_SANDBOX", value)
    shell("plan")
    assert shell.options == [Options()]


def test_agreements_are_typed_and_never_come_from_the_environment(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("YES", "CLOSE", "ALLOW", "ALLOW_GAP"):
        monkeypatch.setenv(f"FACTORY_APPLY_{name}", "1")
        monkeypatch.setenv(f"FACTORY_{name}", "1")
    assert shell("apply").code == 64
    shell("apply", "--yes")
    agreed = shell.engine.agreed()
    assert (agreed.close, agreed.gap, agreed.allow) == (frozenset(), frozenset(), frozenset())


@pytest.mark.parametrize("command", [["plan"], ["apply", "--yes"]])
def test_agreements_reach_the_engine(shell: Shell, command: list[str]) -> None:
    shell(*command, "--close", "account:a", "--allow", "mass-change", "--allow-gap", "workloads/prod")
    agreed = shell.engine.agreed()
    assert agreed.close == {"a"}
    assert agreed.allow == {"mass-change"}
    assert agreed.gap == {"workloads/prod"}


@pytest.mark.parametrize(
    ("agreement", "message"),
    [
        (["--close", "b"], "--close 'b': there is no account file of that name"),
        (["--allow-gap", "workloads/prd"], 'no file declares that node (did you mean "workloads/prod"?)'),
        (["--allow-gap", "ou:nowhere"], "no file declares that node"),
        (["--allow", "nonsense"], "'nonsense' is not one of"),
    ],
)
def test_an_agreement_about_nothing_is_a_mistake(shell: Shell, agreement: list[str], message: str) -> None:
    screen = shell("plan", *agreement)
    assert screen.code == 64
    assert message in " ".join(screen.err.split())
    assert not shell.engine.did("plan")


def test_root_and_limits_are_checked_before_anything_is_read(shell: Shell, tmp_path: Path) -> None:
    for arguments, message in (
        (["--root", "nowhere"], f"there is no folder accounts/ in {tmp_path}/nowhere"),
        (["--limits", "none.yaml"], "there is no file none.yaml"),
    ):
        screen = shell("validate", *arguments)
        assert screen.code == 64
        assert message in " ".join(screen.err.split())
        assert "way out: " in screen.err
    assert shell.engine.asked == []


def test_root_and_limits_reach_the_engine(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "limits.yaml").write_text("")
    shell("validate", "--root", str(tmp_path), "--limits", "limits.yaml")
    assert shell.engine.asked == [("load", (tmp_path, Path("limits.yaml")))]


def test_validate(shell: Shell) -> None:
    screen = shell("validate")
    assert (screen.code, screen.out, screen.err) == (0, "Valid: 1 account, 1 OU, 2 guardrails.\n", "")
