from __future__ import annotations

import pytest

from factory import __version__
from factory.cli.root import run
from tests.views.golden import Compare

COMMANDS = ["", "validate", "lint", "plan", "apply", "schema"]
COMMANDS += [f"audit{verb}" for verb in ("", " show", " verify")]
COMMANDS += [f"sandbox{verb}" for verb in ("", " show", " reset", " serve", " chaos")]

COMMANDS += ["lock", "lock show", "lock break"]
COMMANDS += [f"guardrails{verb}" for verb in ("", " list", " test", " why", " evaluate")]


@pytest.mark.parametrize("command", COMMANDS)
def test_help(
    command: str, golden: Compare, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run([*command.split(), "--help"]) == 0
    text = capsys.readouterr().out
    golden(f"help{'-'.join(['', *command.split()])}.txt", text)
    assert all(len(line) <= 80 for line in text.splitlines())
    assert run([*command.split(), "-h"]) == 0
    assert capsys.readouterr().out == text


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"factory {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["sandbox"], ["lock"]])
def test_without_a_command_the_help_goes_to_stderr(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 64
    out, err = capsys.readouterr()
    assert out == ""
    assert "Commands:" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plam"], "Error: No such command 'plam'. Did you mean 'plan'?"),
        (
            ["frob"],
            "Error: No such command 'frob'. There are validate, lint, plan, apply, audit, guardrails, lock, schema, "
            "sandbox.",
        ),
        (["sandbox", "rest"], "Error: No such command 'rest'. Did you mean 'reset'?"),
        (["plan", "--fomat", "json"], "No such option '--fomat'"),
        (["plan", "--format", "xml"], "'xml' is not one of 'text', 'json'"),
        (["plan", "extra"], "Got unexpected extra argument (extra)"),
        (["--root"], "Option '--root' requires an argument"),
        (["plan", "--close"], "Option '--close' requires an argument"),
        (["--log-format", "xml", "plan"], "'xml' is not one of 'console', 'json'"),
    ],
)
def test_what_cannot_be_understood(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 64
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
