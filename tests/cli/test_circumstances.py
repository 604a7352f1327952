"""The facts about a run: from CI's variables, else from the computer and git; never an e-mail address."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from factory.cli import circumstances as module
from factory.cli.circumstances import circumstances, run_git

SHA, OTHER = "0123456789abcdef" * 2 + "01234567", "f" * 40


def git_of(head: str | None = SHA, changed: str | None = ""):
    asked: list[Sequence[str]] = []

    def git(root: Path, arguments: Sequence[str]) -> str | None:
        asked.append(arguments)
        return f"{head}\n" if arguments[0] == "rev-parse" and head is not None else changed

    git.asked = asked  # type: ignore[attr-defined]
    return git


def found(environment: dict[str, str] | None = None, git=None, arguments: Sequence[str] = ("apply",), **more):
    return circumstances(
        Path("repository"), arguments=arguments, environment=environment or {}, git=git or git_of(None, None), **more
    )


def test_on_a_persons_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.getpass, "getuser", lambda: "jan")
    monkeypatch.setattr(module.os, "uname", lambda: os.uname_result(("", "laptop.corp.example", "", "", "")))
    holder = found(git=git_of())
    assert (holder.owner, holder.host, holder.process) == ("jan@laptop", "laptop.corp.example", os.getpid())
    assert (holder.command, holder.link, holder.commit) == ("factory apply", "", SHA)


def test_a_container_whose_user_has_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(module.getpass, "getuser", nobody)
    assert found().owner.startswith(f"user {os.getuid()}@")


def test_every_run_has_an_id_of_its_own() -> None:
    assert len({found().run for _ in range(20)}) == 20
    assert found(run="abc").run == "abc"


@pytest.mark.parametrize(
    ("environment", "owner", "link", "commit"),
    [
        (
            {
                "GITHUB_ACTOR": "octocat",
                "GITHUB_SERVER_URL": "https://github.example",
                "GITHUB_REPOSITORY": "corp/accounts",
                "GITHUB_RUN_ID": "42",
                "GITHUB_SHA": OTHER,
            },
            "octocat",
            "https://github.example/corp/accounts/actions/runs/42",
            OTHER,
        ),
        (
            {
                "GITLAB_USER_LOGIN": "jan",
                "CI_JOB_URL": "https://gitlab.example/c/a/-/jobs/7",
                "CI_COMMIT_SHA": OTHER,
            },
            "jan",
            "https://gitlab.example/c/a/-/jobs/7",
            OTHER,
        ),
        (
            {
                "BUILDKITE_BUILD_CREATOR": "Jan Doe",
                "BUILDKITE_BUILD_URL": "https://b.example/1",
                "BUILDKITE_COMMIT": "HEAD",
            },
            "Jan Doe",
            "https://b.example/1",
            SHA,
        ),
        (
            {"CODEBUILD_INITIATOR": "pipeline", "CODEBUILD_BUILD_URL": "https://c.example/1"},
            "pipeline",
            "https://c.example/1",
            SHA,
        ),
    ],
)
def test_in_ci(environment: dict[str, str], owner: str, link: str, commit: str) -> None:
    holder = found(environment, git_of())
    assert (holder.owner, holder.link, holder.commit) == (owner, link, commit)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "https://user:secret@ci.example/1", "https://a b", ""])
def test_what_is_no_plain_link_is_left_out(link: str) -> None:
    assert found({"BUILD_URL": link}).link == ""
    assert found({"GITHUB_SERVER_URL": "https://github.example", "GITHUB_RUN_ID": "1"}).link == ""


def test_e_mail_addresses_are_masked_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.getpass, "getuser", lambda: "jan.doe@corp.example")
    holder = found(arguments=["apply", "--close", "ops@example.com"])
    other = found(
        {"BUILDKITE_BUILD_CREATOR": "jan@corp.example", "BUILD_URL": "https://ci.example/?u=jan%40corp.example"}
    )
    text = f"{holder} {other} {other.link}"
    for part in ("jan.doe", "corp.example", "ops@example", "jan@", "jan%40"):
        assert part not in text
    assert holder.command == "factory apply --close o***@e***"


def test_words_are_quoted_and_cut() -> None:
    assert found(arguments=["apply", "a b"]).command == "factory apply 'a b'"
    assert len(found(arguments=["x" * 5000]).command) == module.LONGEST


def test_files_that_changed_since_the_commit_are_marked() -> None:
    git = git_of(SHA, " M accounts/a.yaml\n")
    assert found(git=git).commit == f"{SHA}+"
    assert git.asked[-1] == ["status", "--porcelain", "--", "accounts", "baselines"]
    assert found({"GITHUB_SHA": OTHER}, git).commit == f"{OTHER}+"


@pytest.mark.parametrize("head", [None, "", "fatal: not a git repository", "HEAD"])
def test_without_a_repository_there_is_no_commit(head: str | None) -> None:
    assert found(git=git_of(head, " M a\n")).commit == ""


def test_the_git_of_this_computer(tmp_path: Path) -> None:
    assert run_git(tmp_path, ["rev-parse", "HEAD"]) is None
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    (tmp_path / "accounts").mkdir()
    (tmp_path / "accounts" / "a.yaml").write_text("a: 1\n")
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True, capture_output=True)
    clean = circumstances(tmp_path, arguments=[], environment={}).commit
    assert len(clean) == 40
    (tmp_path / "elsewhere").write_text("not ours\n")
    assert circumstances(tmp_path, arguments=[], environment={}).commit == clean
    (tmp_path / "accounts" / "b.yaml").write_text("b: 1\n")
    assert circumstances(tmp_path, arguments=[], environment={}).commit == f"{clean}+"


@pytest.mark.parametrize("error", [FileNotFoundError("git"), subprocess.TimeoutExpired("git", 5)])
def test_no_git_or_a_slow_one_is_no_problem(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(*_: object, **asked: object) -> None:
        assert asked["timeout"] == module.GIT_SECONDS
        raise error

    monkeypatch.setattr(module.subprocess, "run", fails)
    assert run_git(Path(), ["status"]) is None


def test_a_repository_cannot_have_programs_of_its_own_run(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, capture_output=True)
    (tmp_path / "accounts").mkdir()
    (tmp_path / "accounts" / "a.yaml").write_text("a: 1\n")
    mark = tmp_path / "was-run"
    script = tmp_path / "monitor"
    script.write_text(f"#!/bin/sh\ntouch {mark}\n")
    script.chmod(0o755)
    subprocess.run(["git", "-C", str(tmp_path), "config", "core.fsmonitor", str(script)], check=True)
    run_git(tmp_path, ["status", "--porcelain", "--", "accounts"])
    assert not mark.exists()
