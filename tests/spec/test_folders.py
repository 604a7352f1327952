"""Files that have a folder of their own: a main file, and companions whose texts come along."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from factory.core.errors import InvalidFiles
from factory.spec import FileKind, Organization, load
from tests.spec.written import LIMITS, ORGANIZATION


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    description: str


KIND = FileKind("thing", "things", Thing, main="thing.yaml", companions=("template.yaml",))


def read(root: Path, files: dict[str, str | bytes]) -> Organization:
    for name, text in {
        "accounts/organization.yaml": ORGANIZATION,
        "accounts/shop.yaml": "ou: workloads\n",
        **files,
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(root, (), (KIND,), LIMITS)


def problems(root: Path, files: dict[str, str | bytes]) -> list[str]:
    with pytest.raises(InvalidFiles) as caught:
        read(root, files)
    return [str(problem) for problem in caught.value.problems]


WHOLE = {"things/one/thing.yaml": "description: first\n", "things/one/template.yaml": "Resources: !Ref x\n"}


def test_a_folder_is_a_thing_with_its_companions_as_text(tmp_path: Path) -> None:
    organization = read(tmp_path, {**WHOLE, "things/README.md": "hello"})
    (entry,) = organization.files["thing"].values()
    assert entry.name == "one"
    assert entry.model == Thing(description="first")
    assert entry.texts == {"things/one/template.yaml": "Resources: !Ref x\n"}
    assert organization.file_names["thing"] == {"one"}


def test_all_that_is_missing_or_does_not_belong_is_told(tmp_path: Path) -> None:
    files = {
        **WHOLE,
        "things/two/thing.yaml": "description: second\n",
        "things/three/template.yaml": "x\n",
        "things/four/deep/thing.yaml": "description: fourth\n",
        "things/one/other.yaml": "x: 1\n",
        "things/Five/thing.yaml": "description: fifth\n",
        "things/six/thing.yaml": "wrong: 1\n",
        "things/six/template.yaml": b"\xff\xfe",
    }
    assert problems(tmp_path, files) == [
        "things/Five:1:1: the folder's name cannot be a thing's name; "
        "rename it: small letters, digits and hyphens, a letter first, at most 64",
        "things/four/deep/thing.yaml:1:1: only thing.yaml and template.yaml belong here, in a folder for each thing; "
        "put it at things/NAME/thing.yaml",
        "things/one/other.yaml:1:1: only thing.yaml and template.yaml belong here, in a folder for each thing; "
        "move it elsewhere",
        "things/six/template.yaml:1:1: the file is UTF-16; save it as plain UTF-8",
        'things/six/thing.yaml:1:1: "description" is missing; add it: ',
        'things/six/thing.yaml:1:1: unknown key "wrong"; known here: description',
        "things/three/thing.yaml:1:1: there is no such file; create it, or correct the name",
        "things/two/template.yaml:1:1: there is no such file; create it, or correct the name",
    ]


def test_a_companion_may_be_large_but_not_endless(tmp_path: Path) -> None:
    large = {**WHOLE, "things/one/template.yaml": "#" * (2**20 - 1)}
    assert len(read(tmp_path, large).files["thing"]["one"].texts["things/one/template.yaml"]) == 2**20 - 1
    assert "larger than 1024 KiB" in problems(tmp_path, {**WHOLE, "things/one/template.yaml": "#" * (2**20 + 1)})[0]
