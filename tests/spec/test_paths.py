"""Nothing outside the repository is ever read, whatever the files say."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from factory.core.errors import InvalidFiles, Problem
from factory.spec.load import load
from factory.spec.organization import Organization
from factory.spec.paths import Repository, beside
from tests.spec.written import GUARDRAIL, GUARDRAILS, LIMITS, Link, problems, read, write

GUARD = "baselines/guardrails/deny.yaml"
CONTENT = "description: No.\ntype: TAG_POLICY\ncontent: {}\n"
BY_FILE = "description: No.\ntype: TAG_POLICY\nfile: d.json\n"

ATTACKS = [
    "/etc/passwd",
    "/etc/secret.json",
    "../deny.json",
    "../../accounts/organization.yaml",
    "..",
    ".",
    "./deny.json",
    "sub/deny.json",
    "sub/../../../deny.json",
    "..\\\\deny.json",
    "C:\\\\deny.json",
    "~/deny.json",
    "~root/deny.json",
    "$HOME/deny.json",
    "file:" + "///etc/passwd",
    "https://example.com/deny.json",
    "//example.com/deny.json",
    "%2e%2e/deny.json",
    "deny.json/../../x.json",
    "deny.json\\u00a0",
    "d\u00e9ny.json",
    ".hidden.json",
    "-deny.json",
    "deny.yaml",
    "deny.JSON",
    "deny.json ",
    " deny.json",
    "deny.json\\n",
    "*.json",
    "",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_file_takes_a_plain_name_beside_the_file_and_nothing_else(attack: str, tmp_path: Path) -> None:
    text = f'description: No.\ntype: TAG_POLICY\nfile: "{attack}"\n'
    secret = {"deny.json": "{}", "baselines/deny.json": "{}", "baselines/x.json": "{}"}
    assert problems(tmp_path / "r", {GUARD: text, **secret}) == [
        f'{GUARD}:3:1: "file" is not the name of a .json file beside this one; '
        'write a plain name, such as "policy.json", without folders'
    ]


@pytest.mark.parametrize("value", ["[a.json]", "{a: b}", "5", "true"])
def test_file_must_be_text(value: str, tmp_path: Path) -> None:
    text = f"description: No.\ntype: TAG_POLICY\nfile: {value}\n"
    assert len(problems(tmp_path, {GUARD: text})) == 1


def test_beside_never_leaves_the_folder(tmp_path: Path) -> None:
    holder = tmp_path / "x" / "deny.yaml"
    assert beside("deny.json", holder) == tmp_path / "x" / "deny.json"
    assert all(beside(attack, holder) is None for attack in (*ATTACKS, "a\0.json", None, 5, ["a.json"]))


@pytest.mark.parametrize(
    "target",
    [
        "/etc/passwd",
        "../../../outside.json",
        "../../../../../../../../etc/hosts",
        "/dev/zero",
        "/proc/self/environ",
        "out/x.json",
    ],
)
def test_links_that_lead_out_are_refused(target: str, tmp_path: Path) -> None:
    (tmp_path / "outside.json").write_text("{}")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x.json").write_text("{}")
    root = tmp_path / "r"
    text = "description: No.\ntype: TAG_POLICY\nfile: deny.json\n"
    files = {GUARD: text, "baselines/guardrails/deny.json": Link(target)}
    if target == "out/x.json":
        (root / "baselines/guardrails").mkdir(parents=True)
        (root / "baselines/guardrails/out").symlink_to(tmp_path / "out")
    found = problems(root, files)
    assert (
        f"{GUARD}:3:1: baselines/guardrails/deny.json: the link leads out of the repository; put the file itself here"
        in found
    )


def test_links_inside_the_repository_are_followed(tmp_path: Path) -> None:
    organization = read(tmp_path, {"accounts/web.yaml": Link("../shared/web.txt"), "shared/web.txt": "ou: security\n"})
    assert organization.accounts["web"].ou == "security"
    assert organization.accounts["web"].where("ou").file == "accounts/web.yaml"


def test_a_repository_reached_through_a_link_is_read(tmp_path: Path) -> None:
    write(tmp_path / "real", {})
    (tmp_path / "link").symlink_to("real")
    assert list(load(tmp_path / "link", [], [GUARDRAIL], LIMITS).accounts) == ["log"]


def test_a_linked_accounts_folder_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "other", {})
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "accounts").symlink_to("../other/accounts")
    with pytest.raises(InvalidFiles) as error:
        load(tmp_path / "r", [], [], LIMITS)
    assert "accounts:1:1: a folder that is a link is not followed; put the folder itself here" in str(error.value)


def test_folders_that_link_in_circles_end(tmp_path: Path) -> None:
    write(tmp_path, {"accounts/x/web.yaml": "ou: security\n"})
    (tmp_path / "accounts" / "x" / "up").symlink_to("..")
    assert _problems(tmp_path) == [
        "accounts/x/up:1:1: a folder that is a link is not followed; put the folder itself here"
    ]


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, {"accounts/log.yaml": None})
    os.mkfifo(tmp_path / "accounts" / "log.yaml")
    with pytest.raises(InvalidFiles) as error:
        load(tmp_path, [], [], LIMITS)
    assert str(error.value).startswith("accounts/log.yaml:1:1: this is not a file; put a file here")


def test_names_cannot_play_tricks_on_a_terminal(tmp_path: Path) -> None:
    write(tmp_path, {})
    (tmp_path / "accounts" / "a\x1b[31m\n.yaml").write_text("ou: security\n")
    (tmp_path / "accounts" / os.fsdecode(b"b\xff.yaml")).write_text("ou: security\n")
    found = _problems(tmp_path)
    assert any(line.startswith(r"accounts/a\x1b[31m\n.yaml:1:1: the file's name cannot be") for line in found)
    assert any(line.startswith(r"accounts/b\udcff.yaml:1:1: the file's name cannot be") for line in found)
    assert all(line.isprintable() for line in found)


def _problems(root: Path) -> list[str]:
    with pytest.raises(InvalidFiles) as error:
        load(root, [], [], LIMITS)
    return [str(problem) for problem in error.value.problems]


def test_hidden_files_and_readmes_are_left_alone(tmp_path: Path) -> None:
    files = {
        "accounts/.swp.yaml": "[",
        "accounts/.git/x.yaml": "[",
        "accounts/log.yaml~": "[",
        "accounts/log.yaml.swp": "[",
        "accounts/#log.yaml#": "[",
        "accounts/old~/x.yaml": "[",
        "baselines/guardrails/deny.json~": "[",
        "baselines/guardrails/.hidden.json": "[",
        "baselines/guardrails/.git/x.json": "[",
        "accounts/README.md": "# Accounts",
        "accounts/x/README.md": "# More",
        "baselines/guardrails/README.md": "# Guardrails",
    }
    assert list(read(tmp_path, dict(files)).accounts) == ["log"]


def test_size_is_bounded_before_reading(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"#" * (256 * 1024))
    found: list[Problem] = []
    repository = Repository.at(tmp_path)
    assert repository.read(tmp_path / "big", found) is not None
    with (tmp_path / "big").open("ab") as stream:
        stream.truncate(10 * 2**30)
    assert repository.read(tmp_path / "big", found) is None
    assert [str(problem) for problem in found] == [
        "big:1:1: larger than 256 KiB; split it, or remove what it does not need"
    ]


def _locked(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    """Folders that nobody may look into, for a superuser, too."""

    def refuse(path: object) -> None:
        text = os.fspath(path) if isinstance(path, str | os.PathLike) else ""
        if any(os.path.commonpath([text, folder]) == str(folder) for folder in folders if text):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def guarded(call: Callable[..., Any], below: bool) -> Callable[..., Any]:
        def run(path: Any, *args: Any, **more: Any) -> Any:
            if not (below and os.fspath(path) in map(str, folders)):
                refuse(path)
            return call(path, *args, **more)

        return run

    for name, below in (("scandir", False), ("lstat", True), ("stat", True), ("readlink", True)):
        monkeypatch.setattr(os, name, guarded(vars(os)[name], below))


LOCKED = {
    "the accounts": (
        ["accounts"],
        [
            "accounts/organization.yaml:1:1: cannot be read (permission denied); make it readable",
            "accounts:1:1: cannot be read (permission denied); make it a readable folder",
        ],
    ),
    "a folder of accounts": (
        ["accounts/more"],
        ["accounts/more:1:1: cannot be read (permission denied); make it a readable folder"],
    ),
    "the guardrails": (
        ["baselines/guardrails"],
        ["baselines/guardrails:1:1: cannot be read (permission denied); make it a readable folder"],
    ),
    "the baselines": (
        ["baselines"],
        ["baselines/guardrails:1:1: cannot be read (permission denied); make it a readable folder"],
    ),
}


@pytest.mark.parametrize(("folders", "expected"), LOCKED.values(), ids=LOCKED.keys())
def test_folders_that_cannot_be_read(
    folders: list[str], expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {GUARD: CONTENT, "accounts/more/web.yaml": "ou: security\nguardrails: [deny]\n"})
    _locked(monkeypatch, *(tmp_path / folder for folder in folders))
    with pytest.raises(InvalidFiles) as error:
        load(tmp_path, [GUARDRAILS], [GUARDRAIL], LIMITS)
    assert sorted(map(str, error.value.problems)) == sorted(expected)


@pytest.mark.parametrize(
    "name", ["accounts/organization.yaml", "accounts/log.yaml", GUARD, "baselines/guardrails/d.json"]
)
def test_files_that_cannot_be_read(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {GUARD: BY_FILE, "baselines/guardrails/d.json": "{}"})
    whole = Path.open

    def guarded(path: Path, *args: Any, **more: Any) -> Any:
        if path == tmp_path / name:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return whole(path, *args, **more)

    monkeypatch.setattr(Path, "open", guarded)
    found = _problems_with(tmp_path)
    assert any("cannot be read (permission denied); make it readable" in line for line in found)


def _problems_with(root: Path) -> list[str]:
    with pytest.raises(InvalidFiles) as error:
        load(root, [GUARDRAILS], [GUARDRAIL], LIMITS)
    return [str(problem) for problem in error.value.problems]


def test_files_that_cannot_be_used_keep_their_names(tmp_path: Path) -> None:
    seen: list[Organization] = []

    def look(organization: Organization, _: object) -> list[Problem]:
        seen.append(organization)
        return []

    broken = {GUARD: "[", "baselines/guardrails/b.yaml": "type: SCP\n", "baselines/guardrails/c.yaml": CONTENT}
    documents = {"baselines/guardrails/d.yaml": BY_FILE, "baselines/guardrails/d.json": "{"}
    write(tmp_path, {**broken, **documents})
    with pytest.raises(InvalidFiles) as error:
        load(tmp_path, [GUARDRAILS], [GUARDRAIL], LIMITS, [look])
    assert seen[0].file_names == {"guardrail": frozenset({"deny", "b", "c", "d"})}
    assert list(seen[0].files["guardrail"]) == ["c"]
    assert '"type" is the text "SCP" (did you mean "SERVICE_CONTROL_POLICY"?)' in str(error.value)
