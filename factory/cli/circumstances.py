"""Who runs this, from where, with which files: the facts that others are told while they wait."""

from __future__ import annotations

import getpass
import os
import re
import secrets
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from factory.core.lock import Holder
from factory.views.masking import mask

OWNERS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILDKITE_BUILD_CREATOR", "CIRCLE_USERNAME", "CODEBUILD_INITIATOR")
"""Variables in which CI systems say who began a job; the first that is set counts."""

LINKS = ("CI_JOB_URL", "BUILDKITE_BUILD_URL", "CIRCLE_BUILD_URL", "CODEBUILD_BUILD_URL", "BUILD_URL")
"""Variables in which CI systems give the page of a job. GitHub gives the parts of it."""

COMMITS = ("GITHUB_SHA", "CI_COMMIT_SHA", "BUILDKITE_COMMIT", "CIRCLE_SHA1", "CODEBUILD_RESOLVED_SOURCE_VERSION")
"""Variables in which CI systems say what they checked out."""

FOLDERS = ("accounts", "baselines")
GIT_SECONDS = 5
LONGEST = 300

Git = Callable[[Path, Sequence[str]], str | None]
"""Runs git in a folder; what it printed, or ``None`` where there is no git, no repository, or no answer in time."""


def run_git(root: Path, arguments: Sequence[str]) -> str | None:
    """Ask the git of this computer, without writing to the repository and without running what is set up in it."""
    command = ["git", "-C", str(root), "-c", "core.fsmonitor=false", *arguments]
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None


def circumstances(
    root: Path,
    run: str | None = None,
    *,
    arguments: Sequence[str] | None = None,
    environment: Mapping[str, str] = os.environ,
    git: Git = run_git,
) -> Holder:
    """The facts about this process, with e-mail addresses masked; ``run`` is a fresh id unless one is given.

    ``arguments`` are those behind ``factory`` on the command line, by default the process's own.
    """
    host = os.uname().nodename
    typed = sys.argv[1:] if arguments is None else arguments
    return Holder(
        run=run or secrets.token_hex(4),
        owner=_short(_first(environment, OWNERS) or f"{_user()}@{host.partition('.')[0]}"),
        host=_short(host),
        process=os.getpid(),
        command=_short(shlex.join(["factory", *typed])),
        link=_short(_link(environment)),
        commit=_commit(root, environment, git),
    )


def _first(environment: Mapping[str, str], names: Sequence[str]) -> str:
    return next((environment[name] for name in names if environment.get(name)), "")


def _short(text: str) -> str:
    return mask(text)[:LONGEST]


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container whose user has no name
        return f"user {os.getuid()}"


def _link(environment: Mapping[str, str]) -> str:
    """The page of the job; nothing that is no plain link, or that carries credentials."""
    parts = [environment.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    link = "{}/{}/actions/runs/{}".format(*parts) if all(parts) else _first(environment, LINKS)
    return link if re.fullmatch(r"https?://[^\s@]+", link) else ""


def _commit(root: Path, environment: Mapping[str, str], git: Git) -> str:
    """What is checked out, with ``+`` behind it where the files that say what is wanted have changed since."""
    known = next((value for name in COMMITS if _is_commit(value := environment.get(name, ""))), "")
    commit = known or (git(root, ["rev-parse", "HEAD"]) or "").strip()
    if not _is_commit(commit):
        return ""
    changed = git(root, ["status", "--porcelain", "--", *FOLDERS])
    return f"{commit}+" if changed and changed.strip() else commit


def _is_commit(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{40}([0-9a-f]{24})?", text) is not None
