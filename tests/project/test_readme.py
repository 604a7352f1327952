"""What the documents say is so: commands, options, links, rule ids, keys."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.project.modules import ROOT, modules

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
COMMAND = re.compile(r"(?:^|`|&& )(?:\.venv/bin/)?factory((?: +[-a-z/<>A-Z.]+)+)", re.MULTILINE)


@cache
def _help(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "factory", *command, "--help"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"factory {' '.join(command)} is not a command:\n{done.stderr}"
    return done.stdout


def _commands() -> list[tuple[str, ...]]:
    """What is typed after ``factory`` in the README, word by word, without prose in between."""
    found = set()
    for match in COMMAND.finditer((ROOT / "README.md").read_text(encoding="utf-8")):
        words = re.split(r" {2,}", match.group(1).strip())[0].split()
        found.add(tuple(words))
    return sorted(found)


@pytest.mark.parametrize("words", _commands(), ids=" ".join)
def test_every_command_in_the_readme_exists(words: tuple[str, ...]) -> None:
    names = [word for word in words if re.fullmatch(r"[a-z]+", word)]
    depth = 2 if names[:1] in (["sandbox"], ["lock"], ["guardrails"]) else 1
    text = "".join(_help(*names[:n]) for n in range(min(depth, len(names)) + 1))
    assert not [word for word in words if word.startswith("--") and word not in text]


def test_the_readme_shows_commands_at_all() -> None:
    assert {("validate",), ("plan",), ("apply",), ("schema",), ("sandbox", "show"), ("lock", "break")} <= set(
        _commands()
    )


def test_every_global_option_in_the_readme_exists() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition("Options for all of them")[2].partition("| exit code |")[0]
    named = set(re.findall(r"--[a-z-]+", section))
    everywhere = "".join(_help(*command) for command in ((), ("plan",), ("apply",)))
    assert named
    assert not [option for option in named if option not in everywhere]


def test_the_readme_names_exactly_the_rights_that_the_kinds_need() -> None:
    from factory.kinds import registry

    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("### Least privilege")[2]
    blocks = section.split("```")[1:9:2]
    to_plan, to_apply = blocks[0] + blocks[1], blocks[2] + blocks[3]
    reads = {action for kind in registry().values() for action in kind.reads}
    writes = {action for kind in registry().values() for action in kind.writes}
    assert set(re.findall(r"[a-z0-9]+:[A-Z]\w+", to_plan)) == reads
    assert set(re.findall(r"[a-z0-9]+:[A-Z]\w+", to_apply)) == writes - reads | {"iam:CreateServiceLinkedRole"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", document.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        found = document.parent / path if path else document
        assert found.exists(), f"{document.name} links to {target}"
        if anchor:
            assert anchor in _anchors(found), f"{document.name} links to {target}"


def test_make_targets_in_the_documents_exist() -> None:
    rules = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        target
        for document in DOCUMENTS
        for target in re.findall(r"(?:^|`|&& )make ([a-z]+)", document.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {"demo", "test", "check", "bench", "clean", "help"} <= rules
    assert named <= rules


def test_every_refusal_is_explained_and_every_explanation_is_of_a_refusal() -> None:
    explained = set(
        re.findall(r"^### `([a-z-]+)`$", (ROOT / "docs/safety.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    refused, strings = _rule_ids()
    assert refused, "no Refusal(...) found in the code"
    assert refused <= explained, "docs/safety.md lacks these rules"
    assert explained <= strings, "docs/safety.md explains rules that the code does not know"


def test_architecture_names_every_rule() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    refused, _ = _rule_ids()
    assert not [rule for rule in refused if f"`{rule}`" not in text]


def test_files_md_names_every_key_of_the_schemas() -> None:
    text = (ROOT / "docs/files.md").read_text(encoding="utf-8")
    keys = {
        key
        for path in (ROOT / "docs/schema").glob("*.json")
        if path.stem in ("organization", "account", "guardrail", "guardrail-tests", "baseline")
        for key in _keys(json.loads(path.read_text(encoding="utf-8")))
    }
    assert keys
    assert not sorted(key for key in keys if not re.search(rf"`{key}`|^### {key}$", text, re.MULTILINE))


def test_examples_in_files_md_name_only_real_policy_types() -> None:
    from factory.core.policy_types import POLICY_TYPES

    text = (ROOT / "docs/files.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([A-Z0-9_]+_POLICY(?:_EC2)?)`", text))
    assert named == set(POLICY_TYPES)


def _anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _rule_ids() -> tuple[set[str], set[str]]:
    """Ids in ``Refusal(...)``; and all that an id may come from: short strings, and the names of errors."""
    refused, strings = set(), set()
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 60:
                strings.add(node.value)
            if isinstance(node, ast.ClassDef):
                strings.add(re.sub(r"(?<=[a-z])(?=[A-Z])", "-", node.name).lower())
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal":
                given = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "rule")]
                refused |= {arg.value for arg in given if isinstance(arg, ast.Constant)}
    return refused, strings


def _keys(schema: object) -> set[str]:
    """Property names anywhere in a JSON Schema, but not the free-form ones below ``limits``."""
    found: set[str] = set()
    if isinstance(schema, dict):
        for name, value in schema.items():
            if name == "properties" and isinstance(value, dict):
                found |= {str(key) for key in value if str(key) != "limits"}
                found |= {key for k, v in value.items() if k != "limits" for key in _keys(v)}
            elif name == "$defs" and isinstance(value, dict):
                found |= {key for k, v in value.items() if "imit" not in k for key in _keys(v)}
            else:
                found |= _keys(value)
    elif isinstance(schema, list):
        for item in schema:
            found |= _keys(item)
    return found


def test_the_tour_of_a_guardrail_test_that_fails_is_what_a_user_sees(tmp_path: Path) -> None:
    shown = (ROOT / "README.md").read_text(encoding="utf-8").partition("$ sed -i ")[2].partition("```")[0]
    edit, *runs = shown.split("$ ")
    matched = re.fullmatch(r"'s/(.+)/(.+)/' (\S+)\n", edit)
    assert matched
    old, new, name = matched.groups()
    for folder in ("accounts", "baselines"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    file = tmp_path / name
    right = file.read_text(encoding="utf-8")
    assert right.count(old) == 1
    for text, run in ((right.replace(old, new), runs[0]), (right, runs[2])):
        file.write_text(text, encoding="utf-8")
        command, _, output = run.partition("\n")
        done = subprocess.run(
            [sys.executable, "-m", *command.split()],
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "COLUMNS": "110"},
        )
        assert done.stdout.strip() == output.strip()
        assert done.returncode == (65 if "failed" in output else 0)
