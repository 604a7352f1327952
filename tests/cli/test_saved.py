"""Saved plans with the real command, in processes of their own on the real sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.forked import process
from tests.cli.processes import ACCOUNT, small_repository
from tests.cli.test_end_to_end import on_a_terminal


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return small_repository(tmp_path)


def run(repository: Path, *arguments: str) -> tuple[int, str, str]:
    """The exit code and what was written to stdout and stderr, on the sandbox."""
    done = process(repository, *arguments, FACTORY_SANDBOX="1")
    assert b"Traceback" not in done.stderr
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_from_plan_to_apply_and_again(repository: Path) -> None:
    (repository / "accounts" / "shop.yaml").write_text(ACCOUNT + "email: ana@mail.example.org\n")
    code, out, err = run(repository, "plan", "--out", "plan.json", "--detailed-exitcode")
    assert code == 2
    assert err == "Saved to plan.json: factory apply plan.json does exactly this.\n"
    assert out.splitlines()[-1] == "Plan: 1 to enable, 4 to create, 1 to attach."
    file = repository / "plan.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "example" not in file.read_text()
    digest = json.loads(file.read_text())["digest"]
    assert f"Digest: {digest}" in out

    assert run(repository, "apply", "plan.json", "--yes", "--expect", "sha256:" + 64 * "0")[0] == 4
    code, out, err = run(repository, "apply", "plan.json", "--yes", "--expect", digest)
    assert code == 0, err
    assert out.splitlines()[-1].endswith("The saved plan is carried out.")

    code, out, _ = run(repository, "apply", "plan.json", "--yes")
    assert (code, out.splitlines()[-1]) == (0, "Nothing left to do: all that the saved plan holds is done.")
    code, out, _ = run(repository, "apply", "plan.json", "--yes", "--format", "json")
    assert (code, json.loads(out)["complete"]) == (0, True)

    (repository / "accounts" / "shop.yaml").write_text(ACCOUNT + "email: ana@mail.example.org\nname: Store\n")
    (repository / "accounts" / "new.yaml").write_text(ACCOUNT)
    assert run(repository, "plan", "--out", "plan.json", "-q")[::2] == (0, "")
    (repository / "accounts" / "new.yaml").write_text(ACCOUNT + "tags: {a: b}\n")
    (repository / "accounts" / "shop.yaml").unlink()
    code, out, err = run(repository, "apply", "plan.json", "--yes")
    assert (code, out) == (4, "")
    lines = err.splitlines()
    assert lines[0] == "Error: the plan is stale; since it was saved, these have moved:"
    assert any(line.startswith("  account:shop: is account:") for line in lines)
    assert any(
        "account:new: tags.a is nothing in the plan, the files ask for 'b' (accounts/new.yaml:1:1)" in x for x in lines
    )
    assert lines[-1].endswith("way out: look at the plan again, and save it anew: factory plan --out FILE")


def test_a_plan_that_is_refused_is_not_saved_and_none_is_left(repository: Path) -> None:
    assert run(repository, "plan", "--out", "plan.json")[0] == 0
    assert run(repository, "apply", "plan.json", "--yes")[0] == 0
    (repository / "accounts" / "blog.yaml").rename(repository / "accounts" / "log.yaml")
    code, _, err = run(repository, "plan", "--out", "plan.json")
    assert code == 6
    assert err == "Not saved: a plan that is refused cannot be applied, so there is no plan.json.\n"
    assert not (repository / "plan.json").exists()
    code, _, err = run(repository, "apply", "plan.json", "--yes")
    assert code == 64
    assert "there is no file plan.json" in err


def test_a_plan_that_cannot_be_made_leaves_none_either(repository: Path) -> None:
    assert run(repository, "plan", "--out", "plan.json")[0] == 0
    (repository / "accounts" / "blog.yaml").write_text("ou: nowhere\n")
    assert run(repository, "plan", "--out", "plan.json")[0] == 65
    assert not (repository / "plan.json").exists()


def test_other_files_are_not_overwritten(repository: Path) -> None:
    (repository / "notes.txt").write_text("mine")
    code, out, err = run(repository, "plan", "--out", "notes.txt")
    assert (code, out) == (64, "")
    assert "is there already and is no saved plan" in err
    assert (repository / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("saved", [False, True])
def test_a_link_is_neither_followed_nor_replaced(repository: Path, saved: bool) -> None:
    target = repository / "there.json"
    if saved:
        assert run(repository, "plan", "--out", "there.json")[0] == 0
    else:
        target.touch()
    before = target.read_bytes()
    (repository / "link.json").symlink_to(target)
    code, _, err = run(repository, "plan", "--out", "link.json")
    assert code == 64
    assert "link.json is there already and is no plain file" in err
    assert (repository / "link.json").is_symlink()
    assert target.read_bytes() == before


@pytest.mark.parametrize("place", ["-", "", ".", "accounts/plan.json", "baselines/plan.json", ".factory/journal/x"])
def test_places_that_mean_something_else_are_refused(repository: Path, place: str) -> None:
    code, out, err = run(repository, "plan", "--out", place)
    assert (code, out) == (64, "")
    assert "way out: name" in err
    assert not (repository / "-").exists()


def test_files_that_are_edited_while_the_question_is_open_are_read_again(repository: Path) -> None:
    files = repository / "accounts"
    edits: list[tuple[Callable[[], None], int, str]] = [
        ((files / "blog.yaml").unlink, 4, "account:blog"),
        (lambda: add(files / "organization.yaml", "lock: {bucket: another}\n"), 4, "name another lock"),
        (lambda: add(files / "shop.yaml", "nonsense: 1\n"), 65, "nonsense"),
    ]
    before = {file: file.read_text() for file in files.iterdir()}
    for edit, expected, words in edits:
        code, shown = on_a_terminal(repository, "apply", "--sandbox", answer="yes\n", meanwhile=edit)
        assert code == expected, shown
        assert words in " ".join(shown.split())
        for file, text in before.items():
            file.write_text(text)
    code, shown = on_a_terminal(repository, "apply", "--sandbox", answer="yes\n")
    assert code == 0, shown


def add(file: Path, text: str) -> None:
    with file.open("a") as opened:
        opened.write(text)


def test_consent_goes_to_plan(repository: Path) -> None:
    run(repository, "apply", "--yes")
    (repository / "accounts" / "shop.yaml").write_text(ACCOUNT + "state: closed\nclosed_reason: done\n")
    assert run(repository, "plan", "--close", "shop", "--out", "plan.json")[0] == 0
    for more in (("--close", "shop"), ("--allow", "mass-change"), ("--allow-gap", "root")):
        code, _, err = run(repository, "apply", "plan.json", "--yes", *more)
        assert code == 64
        assert "give --close, --allow and --allow-gap to factory plan --out" in " ".join(err.split())
    code, out, _ = run(repository, "apply", "plan.json", "--yes")
    assert code == 0
    assert "1 close" in out


def test_no_weaken_goes_into_the_plan_and_may_be_demanded_later(repository: Path) -> None:
    guardrails = repository / "baselines" / "guardrails"
    guardrails.mkdir(parents=True, exist_ok=True)
    denied = '{"type": "SERVICE_CONTROL_POLICY", "description": "x", "content": {"Version": "2012-10-17", "Statement": '
    denied += '{"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}}}'
    (guardrails / "no-sqs.yaml").write_text(denied)
    file = repository / "accounts" / "shop.yaml"
    bare = file.read_text()
    file.write_text(bare + "guardrails: [no-sqs]\n")
    assert run(repository, "apply", "--yes", "--no-weaken")[0] == 0
    file.write_text(bare)
    code, out, _ = run(repository, "plan", "--no-weaken", "--out", "plan.json")
    assert code == 6
    assert "! GAIN: account shop gains sqs:*" in out
    assert not (repository / "plan.json").exists()
    assert run(repository, "plan", "--out", "plan.json")[0] == 0
    assert '"no_weaken": false' in (repository / "plan.json").read_text()
    assert run(repository, "apply", "plan.json", "--yes", "--no-weaken")[0] == 6
    assert run(repository, "apply", "plan.json", "--yes")[0] == 0


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        ("", 65, "is no saved plan"),
        ('{"kind": "factory saved plan"}', 4, "was saved by another version of factory"),
        (None, 65, "is damaged: its checksum is wrong"),
    ],
)
def test_files_that_cannot_be_applied(repository: Path, content: str | None, code: int, words: str) -> None:
    run(repository, "plan", "--out", "plan.json")
    file = repository / "plan.json"
    file.write_text(file.read_text().replace("workloads", "elsewhere") if content is None else content)
    found, out, err = run(repository, "apply", "plan.json", "--yes")
    assert (found, out) == (code, "")
    assert words in " ".join(err.split())


def test_sandbox_and_real_are_not_mixed(repository: Path) -> None:
    run(repository, "plan", "--out", "plan.json")
    done = process(repository, "apply", "plan.json", "--yes", "--profile", "no-such-profile")
    assert done.returncode == 4
    assert b"plan.json was saved for the sandbox, and this is a real AWS" in done.stderr


def test_another_instance(repository: Path) -> None:
    run(repository, "plan", "--out", "plan.json")
    file = repository / "accounts" / "organization.yaml"
    file.write_text(file.read_text().replace("instance: main", "instance: other"))
    code, _, err = run(repository, "apply", "plan.json", "--yes")
    assert code == 4
    assert "saved for the instance main, these files are for other" in " ".join(err.split())


def test_a_saved_plan_is_asked_about_like_any(repository: Path) -> None:
    run(repository, "plan", "--out", "plan.json")
    assert run(repository, "apply", "plan.json")[0] == 64
    code, shown = on_a_terminal(repository, "apply", "plan.json", "--sandbox", answer="no\n")
    assert code == 1
    assert "Nothing was changed." in shown
    code, shown = on_a_terminal(repository, "apply", "plan.json", "--sandbox", answer="yes\n")
    assert code == 0, shown
    assert "The saved plan is carried out." in shown
