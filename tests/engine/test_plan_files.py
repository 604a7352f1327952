"""Files that should hold a saved plan: whatever stands in them, the answer is a plan or an error in words."""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factory.core.address import account, attachment, guardrail, unit
from factory.core.change import Action
from factory.core.errors import FactoryError, InvalidPlan, StalePlan, UsageError
from factory.core.guard import Consent
from factory.core.saved import SavedChange, SavedPlan, State
from factory.engine import plan_files
from factory.engine.plan_files import checksum, document, make_room, read, write
from factory.views.schemas import saved_plan_schema
from tests.views.test_json import closed

DIGEST = "sha256:" + 64 * "0"
PLAN = SavedPlan(
    "o-exampleorgid",
    "main",
    False,
    "2026-11-24T10:00:00Z",
    Consent(frozenset({"old"}), frozenset({"workloads"}), frozenset({"mass-change"}), no_weaken=True),
    DIGEST,
    "00ff",
    (
        SavedChange(account("new"), Action.CREATE, "create", None, State({"name": "new", "email": "sealed:ab"})),
        SavedChange(unit("a"), Action.UPDATE, "update", State({"x": None}, "ou-a"), State({"x": True}, "ou-a")),
        SavedChange(unit("b"), Action.DELETE, "remove", State({"n": 1}, "ou-b"), None, frozenset({guardrail("p")})),
    ),
    {guardrail("p"): State({"content": "{}"}, "p-1", False), attachment(guardrail("p"), unit("c")): None},
)
LIMIT = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    write(path, PLAN)
    return path


def put(file: Path, data: Any, signed: bool = True) -> None:
    """Write other data, with a checksum that fits."""
    file.write_text(json.dumps({**data, "checksum": checksum(data)} if signed else data))


def test_what_is_written_is_read(file: Path) -> None:
    assert read(file) == PLAN
    assert document(read(file)) == document(PLAN)


def test_layout_does_not_matter(file: Path) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()), sort_keys=True))
    assert read(file) == PLAN


def test_it_keeps_to_its_schema() -> None:
    jsonschema.validate(document(PLAN), closed(saved_plan_schema()), jsonschema.Draft202012Validator)


def test_a_file_is_replaced_in_one_step_or_left_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file.read_text()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FactoryError) as caught:
        write(file, PLAN)
    assert "No space left" in caught.value.what
    assert file.read_text() == before
    assert list(file.parent.iterdir()) == [file]


# What cannot be a saved plan

JSON_PLAN = json.dumps({"format_version": "1.0", "changes": [], "refusals": []})
NO_PLANS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is no saved plan: it cannot be read as JSON"),
    "text": (b"hello", "is no saved plan"),
    "yaml": (b"ou: workloads\n", "is no saved plan"),
    "binary": (bytes(range(256)), "is no saved plan"),
    "a list": (b"[]", "is no saved plan: it holds something else"),
    "another object": (b'{"kind": "x"}', "is no saved plan: it holds something else"),
    "nested": (b"[" * 100_000, "is no saved plan"),
    "nested in an object": (b'{"kind":' + b"[" * 100_000, "is no saved plan"),
    "what --format json prints": (JSON_PLAN.encode(), "it is what --format json prints, for programs to read"),
    "no number": (b'{"kind": NaN}', "NaN is no number"),
    "a long number": (b'{"kind": ' + b"1" * 5000 + b"}", "is no saved plan"),
}


@pytest.mark.parametrize(("content", "words"), NO_PLANS.values(), ids=NO_PLANS.keys())
def test_no_plan(file: Path, content: bytes, words: str) -> None:
    file.write_bytes(content)
    with pytest.raises(InvalidPlan) as caught:
        read(file)
    assert words in caught.value.what
    assert str(file) in caught.value.what
    assert "plan --out" in caught.value.fix
    assert caught.value.exit_code == 65
    assert len(caught.value.what) < 400


def test_truncated_anywhere(file: Path) -> None:
    content = file.read_bytes()
    for end in range(0, len(content) - 2, 7):
        file.write_bytes(content[:end])
        with pytest.raises(InvalidPlan):
            read(file)


def test_edited_anywhere(file: Path) -> None:
    """A letter that is another one is noticed, wherever it stands."""
    content = file.read_text()
    for at in range(0, len(content), 3):
        if content[at].isalnum():
            file.write_text(content[:at] + ("x" if content[at] != "x" else "y") + content[at + 1 :])
            with pytest.raises((InvalidPlan, StalePlan)):
                read(file)


def test_a_hundred_megabytes(file: Path) -> None:
    with file.open("wb") as sparse:
        sparse.truncate(100 * 2**20)
    with pytest.raises(InvalidPlan) as caught:
        read(file)
    assert "more than 32 MiB" in caught.value.what


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format_version": "2.0"}, "format version 2.0, this is 1.1"),
        ({"format_version": 1}, "format version unknown"),
        ({"tool": {"name": "aws-account-factory", "version": "9.9.9"}}, "version 9.9.9"),
        ({"tool": None}, "version unknown"),
        ({"format_version": "9" * 1000}, "format version 999"),
    ],
)
@pytest.mark.parametrize("signed", [True, False])
def test_another_version(file: Path, change: dict[str, Any], words: str, signed: bool) -> None:
    put(file, {**json.loads(file.read_text()), **change}, signed)
    with pytest.raises(StalePlan) as caught:
        read(file)
    assert words in caught.value.what
    assert caught.value.exit_code == 4
    assert len(caught.value.what) < 400


def test_not_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, words in (("none", "there is no file"), ("", "is not a file"), ("pipe", "is not a file")):
        with pytest.raises(UsageError) as caught:
            read(tmp_path / name)
        assert words in caught.value.what


def test_not_readable(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(FactoryError) as caught:
        read(file)
    assert "Permission denied" in caught.value.what


# What carries a checksum that fits and is still no plan

Edit = Callable[[dict[str, Any]], object]
FORGED: dict[str, tuple[Edit, str]] = {
    "a key more": (lambda d: d.update(more=1), "exactly format_version"),
    "a key less": (lambda d: d.pop("needs"), "exactly format_version"),
    "sandbox is a text": (lambda d: d.update(sandbox="no"), "no where true or false should be"),
    "salt is a number": (lambda d: d.update(salt=1), "1 where a text should be"),
    "changes are an object": (lambda d: d.update(changes={}), "a list"),
    "needs are a list": (lambda d: d.update(needs=[]), "an object"),
    "consent is nothing": (lambda d: d.update(consent=None), "exactly close, allow, allow_gap"),
    "no_weaken is a text": (lambda d: d["consent"].update(no_weaken="no"), "no where true or false should be"),
    "consent to any rule": (lambda d: d["consent"].update(allow=["gap"]), "no rule gap can be switched off"),
    "a change is a text": (lambda d: d["changes"].append("x"), "exactly address"),
    "a change twice": (lambda d: d["changes"].append(d["changes"][0]), "one thing twice"),
    "changed and needed": (lambda d: d["needs"].update({"ou:a": None}), "one thing twice"),
    "no such action": (lambda d: d["changes"][0].update(action="destroy"), "destroy"),
    "no address": (lambda d: d["changes"][0].update(address="x"), "not an address"),
    "creation with a before": (lambda d: d["changes"][0].update(before=d["changes"][0]["after"]), "no such before"),
    "update without a before": (lambda d: d["changes"][1].update(before=None), "no such before"),
    "deletion with an after": (lambda d: d["changes"][2].update(after=d["changes"][2]["before"]), "no such before"),
    "attributes are a list": (lambda d: d["changes"][0]["after"].update(attributes=[]), "an object"),
    "an attribute is a list": (lambda d: d["changes"][0]["after"]["attributes"].update(x=[]), "a plain value"),
    "an attribute is a fraction": (lambda d: d["changes"][0]["after"]["attributes"].update(x=1.5), "a plain value"),
    "an id is a number": (lambda d: d["changes"][1]["before"].update(id=7), "a text"),
    "a need without an address": (lambda d: d["needs"].update({"": None}), "not an address"),
}


@pytest.mark.parametrize(("edit", "words"), FORGED.values(), ids=FORGED.keys())
def test_forged(file: Path, edit: Edit, words: str) -> None:
    data = json.loads(file.read_text())
    edit(data)
    put(file, data)
    with pytest.raises(InvalidPlan) as caught:
        read(file)
    assert "is damaged" in caught.value.what
    assert words in caught.value.what


def test_one_key_twice(file: Path) -> None:
    file.write_text(file.read_text().replace('"instance"', '"instance": "x", "instance"'))
    with pytest.raises(InvalidPlan) as caught:
        read(file)
    assert "one key twice" in caught.value.what


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def _places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(place for key, value in inner for place in _places(value, (*path, key)))]


@LIMIT
@given(st.binary(max_size=300))
def test_any_bytes(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(InvalidPlan):
        read(file)


@LIMIT
@given(st.randoms(use_true_random=False), VALUES, st.booleans())
def test_anything_anywhere(file: Path, chance: random.Random, value: Any, signed: bool) -> None:
    data = copy.deepcopy(document(PLAN))
    *way, last = chance.choice(_places(data)[1:])
    holder: Any = data
    for key in way:
        holder = holder[key]
    if chance.random() < 0.2 and isinstance(holder, dict):
        del holder[last]
    else:
        holder[last] = value
    put(file, data, signed)
    found: Any
    try:
        found = read(file)
    except (InvalidPlan, StalePlan) as error:
        found = error
    assert isinstance(found, SavedPlan) or (found.fix and len(str(found)) < 800)


# Where a plan is to be saved


def test_room_is_made_where_a_plan_was_or_nothing(file: Path) -> None:
    make_room(file)
    assert not file.exists()
    make_room(file)
    file.touch()
    make_room(file)
    assert not file.exists(), "an empty file, such as mktemp makes"
    write(file, PLAN)
    file.write_text(file.read_text()[:600])
    make_room(file)
    assert not file.exists(), "half a plan"


def test_nothing_else_is_removed(tmp_path: Path) -> None:
    other = tmp_path / "organization.yaml"
    other.write_text("defaults: {}\n")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for path in (other, tmp_path, tmp_path / "link"):
        with pytest.raises(UsageError) as caught:
            make_room(path)
        assert ("is no saved plan" if path == other else "is no plain file") in caught.value.what
    assert other.read_text() == "defaults: {}\n"
    with pytest.raises(UsageError) as caught:
        make_room(tmp_path / "none" / "plan.json")
    assert "there is no folder" in caught.value.what


def test_the_largest_plan_fits() -> None:
    """Ten thousand accounts to be created, the most that AWS gives out, each with twenty tags."""
    tags = {f"tags.cost-center-{n}": "x" * 40 for n in range(20)}
    one = document(PLAN)["changes"][0]
    one = {**one, "after": {**one["after"], "attributes": {**tags, "email": "sealed:" + 64 * "0", "name": "n" * 50}}}
    size = len(json.dumps(one, indent=2))
    print(f"{size} bytes a change")
    assert 10_000 * size * 1.3 < plan_files.LARGEST
